"""Remove files of evidence that no row knows: a crash between the bytes and the row leaves one. Returns how many.

A file younger than a day is left alone, since its row may be on the way.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from common.ids import read_id
from payments.gateways import evidence_store
from payments.models import EvidenceFile

logger = logging.getLogger(__name__)

LEAST_AGE: Final = timedelta(days=1)


def drop_orphaned_files(*, now: datetime) -> int:
    names = evidence_store.kept_before(now - LEAST_AGE)
    ids = [name for name in names if read_id(name, prefix="evd") is not None]
    known = set(EvidenceFile.objects.filter(pk__in=ids).values_list("pk", flat=True))
    orphans = [name for name in names if name not in known]
    for name in orphans:
        evidence_store.drop_leftover(name)
    if orphans:
        logger.warning("%d files of evidence belonged to no dispute and were removed", len(orphans))
    return len(orphans)
