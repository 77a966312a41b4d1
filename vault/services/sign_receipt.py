"""Have the safe sign what a receipt says: `payload` is canonical JSON, the answer a JWS (ES256).

The safe signs what its own records of the card network bear out, and about one capture or refund always the same facts;
exactly the same words get exactly the same signature. Their places in a chain are the asker's affair.

Refuses: ReceiptsUnavailable, ReceiptNotBorneOut.
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
