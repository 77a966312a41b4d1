"""End every permission whose last day is over, and every request that nobody answered; returns how many.

A charge looks at the day by itself: this only writes down what is so, and tells the shop.
"""

import logging
from datetime import datetime

from common.actors import SYSTEM
from common.clock import business_date
from common.db import transaction
from payments.models import Challenge, Grant
from payments.services._grant import tell_grant
from payments.states import GrantEnd, GrantStatus

logger = logging.getLogger(__name__)


def expire_grants(*, now: datetime, limit: int = 500) -> int:
    """Each in a commit of its own; those that somebody holds just now are left for the next time."""
    asked = Grant.objects.filter(status=GrantStatus.REQUESTED, expires_at__lte=now).order_by("expires_at")
    given = Grant.objects.filter(status__in=[GrantStatus.ACTIVE, GrantStatus.PAUSED], until__lt=business_date(now))
    due = [*asked.values_list("pk", flat=True)[:limit], *given.order_by("until").values_list("pk", flat=True)[:limit]]
    return sum(_expired(grant_id, now=now) for grant_id in due)


def _expired(grant_id: str, *, now: datetime) -> bool:
    """One that cannot be ended now is logged, stays due, and stops no other one."""
    try:
        return _expire(grant_id, now=now)
    except Exception:
        logger.exception("%s could not be ended", grant_id)
        return False


@transaction
def _expire(grant_id: str, *, now: datetime) -> bool:
    free = Grant.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=grant_id)
    if not free.values_list("pk", flat=True).first():
        return False
    grant = Grant.locked(grant_id)
    if grant.status == GrantStatus.REQUESTED and now >= grant.expires_at:
        grant.move("lapse", why=GrantEnd.NOT_ANSWERED, by=SYSTEM, now=now)
        Challenge.objects.filter(grant=grant, consumed_at=None, voided_at=None).update(voided_at=now)
    elif grant.is_open and grant.is_over(now=now):
        grant.move("expire", why=GrantEnd.EXPIRED, by=SYSTEM, now=now)
    else:
        return False
    tell_grant("grant.ended", grant, by=SYSTEM, now=now, why=str(grant.ended_why))
    return True
