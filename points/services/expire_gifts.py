"""Gifts that nobody accepted in time go back: after fourteen days, or when their last point has expired.

One gift, one transaction; a gift that cannot be ended is logged and stops no other one. Answers how many ended.
"""

import logging
from datetime import datetime
from typing import Final

from common.actors import SYSTEM
from common.db import transaction
from points.models import PointsGift
from points.open_months import stays_open
from points.services._gifts import give_points_back
from points.states import GiftStatus

_AT_ONCE: Final = 1_000

logger = logging.getLogger(__name__)


def expire_gifts(*, now: datetime) -> int:
    due = PointsGift.objects.filter(status=GiftStatus.PENDING, expires_at__lte=now).order_by("expires_at", "id")
    done = 0
    for gift_id in due.values_list("id", flat=True)[:_AT_ONCE]:
        try:
            done += _expire(gift_id=gift_id, now=now)
        except Exception:
            logger.exception("gift %s could not be ended", gift_id)
    return done


@transaction
def _expire(*, gift_id: str, now: datetime) -> bool:
    if not stays_open(now):
        return False  # the next run does it
    gift = PointsGift.locked(gift_id)
    if gift is None or gift.status != GiftStatus.PENDING:
        return False  # somebody else was faster
    return give_points_back(gift, "expire", by=SYSTEM, now=now)
