"""Let live points go whose day is over; their reserve falls back to whoever funded them (breakage).

Points held for a payment are not touched: should the payment not happen, they end as they come back.
Half-open: at `expires_at` itself it is too late. Thousands of lots are one statement and one entry in the books
(`points_expire.sql`); `points.debts.expire` is the definition, and does what a page could not. It may stop anywhere and
go on later, and two at once share the work. Answers how many lots expired.
"""

from datetime import datetime

from common.db import transaction
from ledger.states import Reason
from points.debts import expire
from points.due import for_each_due
from points.models import PointsLot
from points.pages import write_pages
from points.states import LotStatus


def expire_points(*, now: datetime) -> int:
    done, whole = write_pages("points_expire", reason=Reason.POINTS_EXPIRED, now=now)
    if whole:
        return done
    due = PointsLot.objects.filter(status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__lte=now)
    return done + for_each_due(due, _expire, now=now)


@transaction
def _expire(*, lot_id: str, now: datetime) -> bool:
    lot = PointsLot.locked([lot_id])[lot_id]
    if lot.status != LotStatus.LIVE or not lot.remaining or lot.expires_at > now:
        return False  # somebody else was faster
    expire(lot, lot.remaining, now=now)
    return True
