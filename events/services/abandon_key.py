from django.db.models import F

from common.db import transaction
from events.models import IdempotencyRecord
from events.types import Claim


@transaction
def abandon_key(claim: Claim) -> None:
    """Our own failure after work began (5xx): the lease ends at once, and the next request with this key drives the
    work on from its last committed step, with the same effect ids.
    """
    ours = IdempotencyRecord.objects.filter(pk=claim.record_id, turn=claim.turn, finished_at=None)
    ours.update(leased_until=F("claimed_at"))
