"""Working through what is due in pages: each is one statement and one transaction of its own, kept small enough that
nobody waits long for the rows it holds.

It may stop anywhere and go on later: a page is written as a whole or not at all. Two hands share the work, for each
leaves alone what the other has locked.
"""

import logging
from datetime import datetime
from typing import Any, Final

from django.db import DatabaseError, connection

from common.db import transaction
from common.functions import FunctionRefused, call_function
from common.ids import new_id
from ledger import services as ledger
from ledger.states import Reason
from points.open_months import stays_open

PAGE: Final = 5_000
"""How many lots at most. Others wait two seconds for a lock and no longer; a page holds some for a part of that."""

logger = logging.getLogger(__name__)


def write_pages(function: str, *, reason: Reason, now: datetime, **facts: Any) -> tuple[int, bool]:
    """How many lots these pages were about, and whether all that was due could be written.

    A page that cannot be written is logged and ends the work: the caller goes on lot by lot, so that one bad lot stops
    no other one. Where the month of `now` was cut meanwhile, the next run does the rest.
    """
    done, after, most = 0, None, PAGE
    while True:
        try:
            page = _write_page(function, reason=reason, now=now, most=most, after=after, **facts)
        except (DatabaseError, FunctionRefused):
            logger.exception("a page of %s could not be written", function)
            return done, False
        if page is None:
            logger.warning("%s of %s stops: that month is closed", function, now)
            return done, True
        done, after = done + page["lots"], page["after"]
        if page["lots"] < most:
            return done, True


@transaction
def _write_page(function: str, *, reason: Reason, now: datetime, **facts: Any) -> Any:
    if not stays_open(now):
        return None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '60s'")
    frame = ledger.sums_frame(reason=reason, source_ref=new_id("req"), now=now)
    return call_function(function, {**frame, "now": now.isoformat(), **facts})
