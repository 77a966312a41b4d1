"""Look once for the owner of each new conversion; who comes later is met when they sign in.

By a timer and not by the call that made them, so that neither an answer nor the time it takes tells a shop who is a
customer. One customer, one transaction; one that fails is logged and stops no other. Answers how many found theirs.
"""

import logging
from datetime import datetime
from typing import Final

from accounts.queries import customers_of_addresses
from common.db import outside_transaction
from points.models import PointsConversion
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
                done += len(accept_conversions(customer_id=customer_id, now=now))
            except Exception:
                logger.exception("conversions for %s could not be accepted", customer_id)
        PointsConversion.objects.filter(pk__in=page, looked_at__isnull=True).update(looked_at=now)
    return done
