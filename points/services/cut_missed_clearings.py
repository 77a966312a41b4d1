"""Cut the points clearing of every month that is over and has none yet, the oldest first; each in a commit of its own.

So a run that is killed, or did not happen for a while, is made up for by the next. Answers how many statements there
are more.
"""

from datetime import datetime

from common.clock import business_date
from points.clearing import month_span, next_month
from points.models import PointsClearing, PointsLotChange
from points.services.cut_clearing import SETTLED_AFTER, cut_clearing


def cut_missed_clearings(*, now: datetime) -> int:
    latest = PointsClearing.objects.order_by("-month").values_list("month", flat=True).first()
    first = PointsLotChange.objects.order_by("id").values_list("at", flat=True).first()
    if first is None:
        return 0
    month = next_month(latest) if latest else business_date(first).replace(day=1)
    cut = 0
    while month_span(month)[1] + SETTLED_AFTER <= now:
        cut += len(cut_clearing(month=month, now=now))
        month = next_month(month)
    return cut
