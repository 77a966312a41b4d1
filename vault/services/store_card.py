"""Put a sealed card into the safe, once its issuer vouched for it.

`sealed` is HPKE's `enc ‖ ciphertext` around {"number", "exp_month", "exp_year", "security_code", "name"}; this side
cannot open it. `customer_ref` is the owner's reference (a wallet's id), the same that later verbs call `owner_ref`. The
same number stored again by the same owner keeps its token. The security code goes to the issuer with an account
verification (amount 0) and is gone afterwards.

Refuses: InvalidCard (one class per reason, `field` says where), IntakeNotOpen, IntakeUnreadable, SafeUnavailable.
"""

from base64 import b64encode
from datetime import datetime

from common.db import outside_transaction
from vault.errors import SafeUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask
from vault.types import NotSent, StoreAnswer, Unknown


@outside_transaction
def store_card(  # noqa: PLR0913 (who, where from, and what; all are named)
    *, intake_id: str, customer_ref: str, session_ref: str, sealed: bytes, now: datetime, by_ref: str = "sys"
) -> StoreAnswer:
    try:
        answer: StoreAnswer | NotSent = ask(
            "store_card",
            intake_id=intake_id,
            customer_ref=customer_ref,
            session_ref=session_ref,
            sealed=b64encode(sealed).decode(),
            by_ref=by_ref,
            now=now,
        )
    except NothingSent as silence:
        raise SafeUnavailable from silence
    except NoAnswer as silence:
        return Unknown(why=str(silence))
    if isinstance(answer, NotSent):
        # No money is asked for here, so "nothing left the house" simply means: try again later.
        raise SafeUnavailable
    return answer
