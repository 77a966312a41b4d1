"""Let go of every payment whose time is over; returns how many. Half-open: the deadline itself is too late.

Of one that was captured in part, what is left of the promise is let go.
"""

import logging
from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from payments.models import Payment
from payments.models.payment import WAITS_FOR_CAPTURE
from payments.services._let_go import let_go
from payments.services._release import release_rest
from payments.services._telling import tell
from payments.states import PaymentStatus

logger = logging.getLogger(__name__)


def expire_payments(*, now: datetime, limit: int = 500) -> int:
    """Each in a commit of its own; those that somebody holds just now are left for the next time."""
    waiting = Payment.objects.filter(status=PaymentStatus.REQUIRES_APPROVAL, expires_at__lte=now)
    promised = Payment.objects.filter(WAITS_FOR_CAPTURE, capture_before__lte=now)
    due = [
        *waiting.order_by("expires_at").values_list("pk", flat=True)[:limit],
        *promised.order_by("capture_before").values_list("pk", flat=True)[:limit],
    ]
    return sum(_expired(payment_id, now=now) for payment_id in due)


def _expired(payment_id: str, *, now: datetime) -> bool:
    """One that cannot be let go now is logged, stays due, and stops no other one."""
    try:
        return _expire(payment_id, now=now)
    except Exception:
        logger.exception("%s could not be let go", payment_id)
        return False


@transaction
def _expire(payment_id: str, *, now: datetime) -> bool:
    free = Payment.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=payment_id)
    if not free.values_list("pk", flat=True).first():
        return False
    payment = Payment.locked(payment_id)
    waiting = payment.status == PaymentStatus.REQUIRES_APPROVAL
    deadline = payment.expires_at if waiting else payment.capture_before
    if deadline is None or now < deadline or not (waiting or payment.capturable):
        return False
    if payment.status == PaymentStatus.PARTIALLY_CAPTURED:
        release_rest(payment, why="expire", by=SYSTEM, now=now)
    else:
        let_go(payment, verb="expire", by=SYSTEM, now=now)
        tell("payment.expired", payment, by=SYSTEM, now=now)
    return True
