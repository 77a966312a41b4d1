"""Let live points go whose day is over; their reserve falls back to the shop that funded them (breakage).

Points held for a payment are not touched: should the payment not happen, they come back and expire on the next run. One
lot, one transaction. Half-open: at `expires_at` itself it is too late. Answers how many lots expired.
"""

from datetime import datetime

from common.db import transaction
from ledger import services as ledger
from ledger.states import Reason
from points.due import for_each_due
from points.models import PointsLot
from points.postings import ended_lines
from points.states import Change, LotStatus


def expire_points(*, now: datetime) -> int:
    due = PointsLot.objects.filter(status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__lte=now)
    return for_each_due(due, _expire, now=now)


@transaction
def _expire(*, lot_id: str, now: datetime) -> bool:
    lot = PointsLot.locked([lot_id])[lot_id]
    left = lot.remaining
    if lot.status != LotStatus.LIVE or not left:
        return False  # somebody else was faster
    lot.shift(Change.EXPIRED, left, source_ref=lot.id, now=now)
    ledger.post_entry(
        lines=ended_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=left, in_favour_of=lot.merchant_id),
        reason=Reason.POINTS_EXPIRED,
        source_ref=f"{lot.id}:{lot.version}",  # a lot expires again when held points come back to it
        now=now,
    )
    return True
