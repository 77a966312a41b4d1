"""Offer a browser a key to seal one card to.

The offer is bound to this owner (a wallet's id) and this session, serves one `store_card`, and ends after 15 minutes.

Refuses: SafeUnavailable.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.errors import SafeUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask
from vault.types import IntakeOffer


@outside_transaction
def open_intake(*, customer_ref: str, session_ref: str, now: datetime) -> IntakeOffer:
    try:
        offer: IntakeOffer = ask("open_intake", customer_ref=customer_ref, session_ref=session_ref, now=now)
    except (NothingSent, NoAnswer) as silence:
        raise SafeUnavailable from silence
    return offer
