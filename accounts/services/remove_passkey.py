"""Retire a payment passkey: it approves nothing any more. What it has approved stays verifiable, so the row stays.

Refuses: PasskeyNotFound.
"""

from datetime import datetime

from accounts.errors import PasskeyNotFound
from accounts.models import PaymentPasskey
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def remove_passkey(*, customer_id: str, passkey_id: str, by: Actor, now: datetime) -> None:
    mine = PaymentPasskey.objects.filter(pk=passkey_id, customer_id=customer_id, removed_at=None)
    if mine.update(removed_at=now) != 1:
        raise PasskeyNotFound
    facts = {"passkey": passkey_id, "customer": customer_id}
    tell("passkey.removed", subject=passkey_id, by=by, at=now, facts=facts)
