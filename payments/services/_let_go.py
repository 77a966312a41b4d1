"""What ends with a payment that ends before a capture: its open challenge, its held points, the issuer's promise."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from payments.models import Challenge, Payment
from payments.services._advice import put_advice
from payments.states import AdviceKind, AuthorizationStatus
from points import services as points


@transaction_required
def let_go(payment: Payment, *, verb: str, by: Actor, now: datetime) -> None:
    """`verb` is cancel or expire. The caller holds the payment's lock, and tells."""
    attempt = payment.authorizations.filter(status=AuthorizationStatus.AUTHORIZED).first()
    held = payment.points
    released = {"amount_released_minor": payment.amount_minor} if attempt else {}
    payment.move(verb, by=by, now=now, points_minor=0, **released)
    Challenge.objects.filter(payment=payment, consumed_at=None, voided_at=None).update(voided_at=now)
    if attempt:
        attempt.move("void" if verb == "cancel" else "expire", next_inquiry_at=None)
        if not attempt.asks_nobody:
            put_advice(attempt, AdviceKind.VOID, now=now)
    if held:
        points.release_points(payment_id=payment.id, now=now)
