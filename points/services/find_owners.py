"""Look once for the owner of each new conversion; who comes later is met when they sign in.

By a timer and not by the call that made them, so that neither an answer nor the time it takes tells a shop who is a
customer. One customer, one transaction; one that fails is logged and stops no other. A large file takes its time: where
the month of `now` was cut meanwhile, the next run does the rest. Answers how many found theirs.
"""

import logging
from datetime import datetime
from typing import Final

from accounts.queries import customers_of_addresses
from common.db import outside_transaction, transaction
from points.models import PointsConversion
from points.open_months import stays_open
from points.services.accept_conversions import accept_conversions
from points.states import ConversionStatus

_PAGE: Final = 1_000

logger = logging.getLogger(__name__)


@outside_transaction
def find_owners(*, now: datetime) -> int:
    new = PointsConversion.objects.filter(status=ConversionStatus.WAITING, looked_at__isnull=True).order_by("id")
    done = 0
    while page := dict(new.values_list("id", "email")[:_PAGE]):
        for customer_id in customers_of_addresses(page.values()):
            try:
                if (accepted := _accept(customer_id=customer_id, now=now)) is None:
                    return done
                done += accepted
            except Exception:
                logger.exception("conversions for %s could not be accepted", customer_id)
        PointsConversion.objects.filter(pk__in=page, looked_at__isnull=True).update(looked_at=now)
    return done


@transaction
def _accept(*, customer_id: str, now: datetime) -> int | None:
    return len(accept_conversions(customer_id=customer_id, now=now)) if stays_open(now) else None
