from collections.abc import Mapping
from datetime import datetime

from common.db import transaction
from events.errors import ClaimLost
from events.models import IdempotencyRecord
from events.types import Claim


@transaction
def finish_key(
    claim: Claim, *, status: int, body: bytes, now: datetime, headers: Mapping[str, str] | None = None
) -> None:
    """Keep the answer for every later request with this key.

    Called inside the transaction of the work, it makes work and answer one. Refuses ClaimLost when the lease ran out
    and somebody else works on it; a 5xx is never kept (`abandon_key`).
    """
    if status >= 500:
        raise ValueError("our own failure is not an answer to keep")
    ours = IdempotencyRecord.objects.filter(pk=claim.record_id, turn=claim.turn, finished_at=None)
    if ours.update(status=status, body=body, headers=dict(headers or {}), finished_at=now) != 1:
        raise ClaimLost
