"""Working through the lots that are due, page by page, each in a transaction of its own."""

import logging
from datetime import datetime
from typing import Final, Protocol

from django.db.models import QuerySet

from common.db import transaction
from points.models import PointsLot
from points.open_months import stays_open

_PAGE: Final = 500

logger = logging.getLogger(__name__)


class Work(Protocol):
    def __call__(self, *, lot_id: str, now: datetime) -> bool: ...


def for_each_due(due: QuerySet[PointsLot], work: Work, *, now: datetime) -> int:
    """How many lots `work` changed. A lot that cannot be worked on is logged and stops no other one. Where the month
    of `now` was cut meanwhile, the next run does the rest.
    """
    done, after = 0, None
    while True:
        rest = due.filter(pk__gt=after) if after else due
        page = list(rest.order_by("id").values_list("id", flat=True)[:_PAGE])
        if not page:
            return done
        for lot_id in page:
            try:
                if (changed := _work_on(lot_id, work, now=now)) is None:
                    return done
                done += changed
            except Exception:
                logger.exception("points lot %s could not be worked on", lot_id)
        after = page[-1]


@transaction
def _work_on(lot_id: str, work: Work, *, now: datetime) -> bool | None:
    return work(lot_id=lot_id, now=now) if stays_open(now) else None
