from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from common.db import transaction
from events.models import IdempotencyRecord

KEPT: Final = timedelta(days=30)


@transaction
def prune_keys(*, now: datetime, limit: int = 5_000) -> int:
    """Forget keys older than 30 days, at most `limit` at a time; returns how many. The unique merchant reference still
    protects against a second payment.
    """
    old = IdempotencyRecord.objects.filter(Q(finished_at__isnull=False) | Q(leased_until__lt=now))
    page = old.filter(claimed_at__lt=now - KEPT).order_by("claimed_at").values("pk")[:limit]
    deleted, _by_model = IdempotencyRecord.objects.filter(pk__in=page).delete()
    return deleted
