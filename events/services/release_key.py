from common.db import transaction
from events.models import IdempotencyRecord
from events.types import Claim


@transaction
def release_key(claim: Claim) -> None:
    """Nothing was begun (400, 401, 403, 404, 413, 429, 503): the key is as free as before."""
    IdempotencyRecord.objects.filter(pk=claim.record_id, turn=claim.turn, finished_at=None).delete()
