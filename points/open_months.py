"""A month whose points clearing was cut is not written into any more.

A timer's run keeps the one instant that it was given, however many pages it has. One that began before a midnight may
still be at it when that month is cut, or go on much later because the machine slept. So each of its commits asks here
first, and leaves the rest to the next run, which has a later instant: pages, lots, gifts and conversions alike. A month
waits with its cut for the page that is being written. Everything else reads the clock for one short commit, or for some
hundred of them: the time-outs end it long before the cut.
"""

from datetime import date, datetime
from typing import Final

from django.db import connection

from common.clock import business_date
from common.db import transaction_required
from points.models import PointsClearing

MONTHS: Final = 0x7078
"""Names the advisory locks on months: pages share theirs, and who cuts one has it to itself."""


def number_of(month: date) -> int:
    return month.year * 12 + month.month


@transaction_required
def stays_open(now: datetime) -> bool:
    """Whether the month of this instant was not cut yet, and will not be before this commit."""
    month = business_date(now).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s, %s)", [MONTHS, number_of(month)])
        (shared,) = cursor.fetchone()
    # A question of its own: it sees a cut that was committed until the lock was ours.
    return shared and not PointsClearing.objects.filter(month__gte=month).exists()
