"""Make pending points live whose return window is over, and set their worth aside from what their funder is owed. What
the wallet owes is taken from them at once.

Half-open: at `available_from` itself the points are live. Thousands of lots are one statement and one entry in the
books (`points_activate.sql`); `points.lots.activate_lot` is the definition, and does what a page leaves to it: lots of
the few wallets that owe points, or all when a page could not be written. It may stop anywhere and go on later, and two
at once share the work. Answers how many lots became live.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef

from common.db import transaction
from ledger.states import Reason
from points.due import for_each_due
from points.locks import PAGES
from points.lots import activate_lot
from points.models import PointsLot
from points.pages import write_pages
from points.states import LotStatus


def activate_points(*, now: datetime) -> int:
    done, whole = write_pages("points_activate", reason=Reason.POINTS_ACTIVATED, now=now, lock=PAGES)
    due = PointsLot.objects.filter(status=LotStatus.PENDING, available_from__lte=now)
    if whole:
        due = due.filter(Exists(PointsLot.objects.filter(wallet_id=OuterRef("wallet_id"), owed_minor__gt=0)))
    return done + for_each_due(due, _activate, now=now)


@transaction
def _activate(*, lot_id: str, now: datetime) -> bool:
    return activate_lot(PointsLot.objects.get(pk=lot_id), now=now)
