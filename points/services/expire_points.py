"""Let live points go whose day is over; their reserve falls back to whoever funded them (breakage).

Points held for a payment are not touched: should the payment not happen, they come back and expire on the next run. One
lot, one transaction. Half-open: at `expires_at` itself it is too late. Answers how many lots expired.
"""

from datetime import datetime

from common.db import transaction
from points.debts import expire
from points.due import for_each_due
from points.models import PointsLot
from points.states import LotStatus


def expire_points(*, now: datetime) -> int:
    due = PointsLot.objects.filter(status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__lte=now)
    return for_each_due(due, _expire, now=now)


@transaction
def _expire(*, lot_id: str, now: datetime) -> bool:
    lot = PointsLot.locked([lot_id])[lot_id]
    if lot.status != LotStatus.LIVE or not lot.remaining or lot.expires_at > now:
        return False  # somebody else was faster
    expire(lot, now=now)
    return True
