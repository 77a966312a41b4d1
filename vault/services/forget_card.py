"""Make a card unusable at once, and destroy its record as soon as nothing is open on it.

A promise that is still held, or of which nobody knows what became, needs the number for its capture or reversal; the
record goes the moment the last one closes. Forgetting twice is harmless.

Refuses: SafeUnavailable.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.errors import SafeUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask
from vault.types import Forgotten


@outside_transaction
def forget_card(*, card_token: str, owner_ref: str, now: datetime, by_ref: str = "sys") -> Forgotten:
    try:
        forgotten: Forgotten = ask("forget_card", card_token=card_token, owner_ref=owner_ref, by_ref=by_ref, now=now)
    except (NothingSent, NoAnswer) as silence:
        raise SafeUnavailable from silence
    return forgotten
