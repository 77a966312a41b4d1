"""Write down that a payment passkey has signed. A step of the approval: it commits with what was approved.

The counter moves by compare-and-set, so one of two assertions with the same counter loses.

Refuses: AssertionRefused.
"""

from datetime import datetime

from django.db.models import Q

from accounts.errors import AssertionRefused
from accounts.models import PaymentPasskey
from common.db import transaction_required


@transaction_required
def note_passkey_use(*, passkey_id: str, sign_count: int, now: datetime) -> None:
    counter_grows = Q(sign_count__lt=sign_count) if sign_count else Q(sign_count=0)
    used = PaymentPasskey.objects.filter(counter_grows, pk=passkey_id, removed_at=None).update(
        sign_count=sign_count, last_used_at=now
    )
    if used != 1:
        raise AssertionRefused("counter")
