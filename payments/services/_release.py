"""What is left of a promise after a capture goes back: the issuer's hold, and the points that were set aside for it."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from common.money import Money
from payments.models import Authorization, Capture, Payment
from payments.services._advice import put_advice, put_release
from payments.services._telling import tell
from payments.states import AdviceKind, AuthorizationStatus
from points import services as points


@transaction_required
def release_rest(payment: Payment, *, why: str, by: Actor, now: datetime) -> None:
    """`why` is final, cancel or expire. The caller holds the payment's lock, and has seen that something is left."""
    attempt = payment.authorizations.get(status=AuthorizationStatus.AUTHORIZED)
    left, standing = payment.capturable, Capture.standing(payment)
    spent = sum(capture.points_minor for capture in standing)
    held = payment.points_minor - spent
    payment.move(
        "release",
        by=by,
        now=now,
        amount_released_minor=payment.amount_released_minor + left.minor,
        points_minor=spent,
    )
    if held:
        points.release_points(payment_id=payment.id, now=now)
    if held < left.minor:
        give_back_promise(payment, attempt, now=now)
    tell("payment.released", payment, by=by, now=now, why=why, released_minor=left.minor)


@transaction_required
def give_back_promise(payment: Payment, attempt: Authorization, *, now: datetime) -> None:
    """Of the promise there stays what captures took of it, and what may still be captured. The rest is let go."""
    standing = Capture.standing(payment)
    taken = sum(capture.card_part.minor for capture in standing)
    points_to_come = payment.points_minor - sum(capture.points_minor for capture in standing)
    stays = Money(taken + payment.capturable.minor - points_to_come, payment.currency)
    if stays:
        put_release(attempt, stays=stays, now=now)
    else:
        # Points paid for all that was captured.
        attempt.move("void", next_inquiry_at=None)
        put_advice(attempt, AdviceKind.VOID, now=now)
