"""State for one month, in Tokyo, what points cost and brought each merchant; tell each that it concerns.

No money moves: it moved when each thing happened. All statements of a month are cut in one commit, so their net
positions come to nought, and never again: the same month again answers none. Statements follow on each other, so months
are cut in their order (`cut_missed_clearings`). An hour must have passed since the month ended: what was under way at
midnight has ended by then, but for a timer's long run, whose page is waited for and which then stops (`open_months`).

Refuses: MonthNotOver.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from common.actors import SYSTEM
from common.db import transaction
from common.functions import call_function
from events import services as events
from points.clearing import EFFECTS, month_span
from points.clearing_queries import clearing_snapshot
from points.errors import MonthNotOver
from points.models import PointsClearing
from points.open_months import MONTHS, number_of

SETTLED_AFTER: Final = timedelta(hours=1)
_LOCK: Final = 0x7077
"""The number under which PostgreSQL lets one run in at a time; it means nothing else."""


@transaction
def cut_clearing(*, month: date, now: datetime) -> list[PointsClearing]:
    since, until = month_span(month)
    if now < until + SETTLED_AFTER:
        raise MonthNotOver(month=month)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute("SET LOCAL lock_timeout = '2min'")
    asked: dict[str, Any] = {
        "month": month.isoformat(),
        "since": since.isoformat(),
        "until": until.isoformat(),
        "now": now.isoformat(),
        "lock": _LOCK,
        "months": [MONTHS, number_of(month)],
        "effects": {kind: {"reserve": effect.reserve, "net": effect.net} for kind, effect in EFFECTS.items()},
    }
    if not call_function("points_cut_clearing", asked):
        return []
    cut = list(PointsClearing.objects.filter(month=month).order_by("id").prefetch_related("lines"))
    for clearing in cut:
        if clearing.merchant_id:
            events.record_event(
                "points_clearing.cut",
                subject=clearing.id,
                owner_ref=clearing.merchant_id,
                by=SYSTEM,
                at=now,
                data=clearing_snapshot(clearing),
            )
    return cut
