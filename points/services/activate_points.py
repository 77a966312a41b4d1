"""Make pending points live whose return window is over, and set their worth aside from what their funding shop is owed.

One lot, one transaction: it may stop anywhere and go on later, and two at once share the work. Half-open: at
`available_from` itself the points are live. Answers how many lots became live.
"""

from datetime import datetime

from common.db import transaction
from ledger import services as ledger
from ledger.states import Reason
from points.due import for_each_due
from points.models import PointsLot
from points.postings import activated_lines
from points.states import Change, LotStatus


def activate_points(*, now: datetime) -> int:
    due = PointsLot.objects.filter(status=LotStatus.PENDING, available_from__lte=now)
    return for_each_due(due, _activate, now=now)


@transaction
def _activate(*, lot_id: str, now: datetime) -> bool:
    lot = PointsLot.locked([lot_id])[lot_id]
    if lot.status != LotStatus.PENDING:
        return False  # taken back, or somebody else was faster
    left = lot.remaining  # a refund of a part may have taken some
    lot.shift(Change.ACTIVATED, left, source_ref=lot.source_ref, now=now)
    ledger.post_entry(
        lines=activated_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=left),
        reason=Reason.POINTS_ACTIVATED,
        source_ref=lot.id,
        now=now,
    )
    return True
