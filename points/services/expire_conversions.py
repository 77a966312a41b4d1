"""What no owner came for in time falls back to its shop: after ninety days, or when the points expire before.

All that waits for one lot ends together. One lot, one transaction; one that cannot be ended is logged and stops no
other. Answers how many conversions ended.
"""

import logging
from datetime import datetime
from typing import Final

from common.actors import SYSTEM
from common.db import transaction
from points.debts import expire
from points.locks import lock_wallets
from points.models import PointsConversion, PointsConversionBatch, PointsLot
from points.open_months import stays_open
from points.states import ConversionStatus, LotStatus
from points.telling import tell

_AT_ONCE: Final = 1_000

logger = logging.getLogger(__name__)


def expire_conversions(*, now: datetime) -> int:
    due = PointsConversion.objects.filter(status=ConversionStatus.WAITING, ends_at__lte=now)
    done = 0
    for batch_id, lot_id in due.order_by().values_list("batch_id", "lot_id").distinct()[:_AT_ONCE]:
        try:
            done += _expire(batch_id=batch_id, lot_id=lot_id, now=now)
        except Exception:
            logger.exception("conversions of %s could not be ended", batch_id)
    return done


@transaction
def _expire(*, batch_id: str, lot_id: str, now: datetime) -> int:
    if not stays_open(now):
        return 0  # the next run does it
    batch = PointsConversionBatch.objects.select_for_update(no_key=True).get(pk=batch_id)
    lock_wallets([batch.pool_id])
    lot = PointsLot.locked([lot_id])[lot_id]
    waiting = PointsConversion.objects.filter(lot_id=lot_id, batch=batch, status=ConversionStatus.WAITING)
    ended = waiting.update(status=ConversionStatus.EXPIRED, ended_at=now)
    if not ended:
        return 0  # somebody else was faster
    returned = lot.remaining
    if lot.status == LotStatus.LIVE and lot.remaining:  # unless its own expiry came first
        expire(lot, lot.remaining, now=now)
    facts = {"merchant": batch.merchant_id, "batch": batch.id, "count": ended, "points_minor": returned.minor}
    tell("points_conversion.expired", subject=batch.id, by=SYSTEM, at=now, facts=facts)
    return ended
