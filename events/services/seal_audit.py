"""Put new audit records into the chain, in the order in which they became visible.

One sealer works at a time (an advisory lock), so a record whose commit comes late is simply sealed later, and the chain
has no gaps. Returns how many records were sealed.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from common.db import transaction
from common.ids import public_id, read_id
from events.models import AuditRecord, AuditSeal
from events.models.audit import START, next_link

_LOCK: Final = 0x_5EA1
_LATEST_COMMIT_MS: Final = 24 * 60 * 60 * 1000
"""A record's id is made when it is written; no transaction lives nearly as long as this before it commits."""


@transaction
def seal_audit(*, now: datetime, limit: int = 5_000) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditSeal.objects.order_by("-number").first()
    number, digest = (last.number, bytes(last.digest)) if last else (0, START)
    seals = []
    for record in _unsealed(after=last)[:limit]:
        number += 1
        digest = next_link(previous=digest, number=number, record=record.digest())
        seals.append(AuditSeal(number=number, record=record, digest=digest, sealed_at=now))
    AuditSeal.objects.bulk_create(seals)
    return len(seals)


def _unsealed(*, after: AuditSeal | None) -> QuerySet[AuditRecord]:
    records = AuditRecord.objects.filter(seal=None).order_by("id")
    sealed = read_id(after.record_id, prefix="aud") if after else None
    if sealed is None:
        return records
    # Only the newest end is searched: without this every sealing would read the whole history.
    oldest = max((sealed.int >> 80) - _LATEST_COMMIT_MS, 0) << 80
    return records.filter(id__gte=public_id("aud", UUID(int=oldest)))
