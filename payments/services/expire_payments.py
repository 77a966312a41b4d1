"""Let go of every payment whose time is over; returns how many. Half-open: the deadline itself is too late."""

import logging
from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from payments.models import Payment
from payments.services._let_go import let_go
from payments.services._telling import tell
from payments.states import PaymentStatus

logger = logging.getLogger(__name__)


def expire_payments(*, now: datetime, limit: int = 500) -> int:
    """Each in a commit of its own; those that somebody holds just now are left for the next time."""
    waiting = Payment.objects.filter(status=PaymentStatus.REQUIRES_APPROVAL, expires_at__lte=now)
    promised = Payment.objects.filter(status=PaymentStatus.AUTHORIZED, capture_before__lte=now)
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
    deadline = {
        PaymentStatus.REQUIRES_APPROVAL: payment.expires_at,
        PaymentStatus.AUTHORIZED: payment.capture_before,
    }.get(PaymentStatus(payment.status))
    if deadline is None or now < deadline:
        return False
    let_go(payment, verb="expire", by=SYSTEM, now=now)
    tell("payment.expired", payment, by=SYSTEM, now=now)
    return True
