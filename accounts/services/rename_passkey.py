"""Give a payment passkey another label.

Refuses: PasskeyNotFound, UnacceptableText.
"""

from datetime import datetime

from accounts.errors import PasskeyNotFound
from accounts.models import PaymentPasskey
from common.actors import Actor
from common.db import transaction
from common.text import clean_line
from events import services as events


@transaction
def rename_passkey(*, customer_id: str, passkey_id: str, label: str, by: Actor, now: datetime) -> None:
    mine = PaymentPasskey.objects.filter(pk=passkey_id, customer_id=customer_id, removed_at=None)
    text = clean_line(label, 60)
    if mine.update(label=text) != 1:
        raise PasskeyNotFound
    events.write_audit("passkey.renamed", subject=passkey_id, by=by, at=now, data={"label": text})
