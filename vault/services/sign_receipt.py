"""Have the safe sign what a receipt says: `payload` is canonical JSON, the answer a JWS (ES256) and its public key.

Signing twice gives two statements, both sound: whoever keeps one is responsible that it is only one.

Refuses: ReceiptsUnavailable.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.errors import ReceiptsUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask
from vault.types import SignedReceipt


@outside_transaction
def sign_receipt(*, payload: bytes, now: datetime) -> SignedReceipt:
    try:
        signed: SignedReceipt = ask("sign_receipt", payload=payload.decode(), now=now)
    except (NothingSent, NoAnswer) as silence:
        raise ReceiptsUnavailable from silence
    return signed
