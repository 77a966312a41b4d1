"""Make pending points live whose return window is over, and set their worth aside from what their funder is owed. What
the wallet owes is taken from them at once.

One lot, one transaction: it may stop anywhere and go on later, and two at once share the work. Half-open: at
`available_from` itself the points are live. Answers how many lots became live.
"""

from datetime import datetime

from common.db import transaction
from points.due import for_each_due
from points.lots import activate_lot
from points.models import PointsLot
from points.states import LotStatus


def activate_points(*, now: datetime) -> int:
    due = PointsLot.objects.filter(status=LotStatus.PENDING, available_from__lte=now)
    return for_each_due(due, _activate, now=now)


@transaction
def _activate(*, lot_id: str, now: datetime) -> bool:
    return activate_lot(PointsLot.objects.get(pk=lot_id), now=now)
