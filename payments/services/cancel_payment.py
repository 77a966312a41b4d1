"""End a payment before any capture, or what is left of it after one, for the customer or the shop. What was promised
and not taken goes back to the issuer; what was captured stays captured, and is given back by refunds only.

Whose payment it is, is the asker's door to know; a customer can cancel their own, and one that nobody has approved yet.

A request that died before it could answer is made again with `first_asked_at`: what the same asker canceled since then
is what it asked for.

Refuses: PaymentNotFound, TransitionRefused while the outcome is unknown (`processing`) and when all was captured or
released.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.states import TransitionRefused
from payments.declines import AUTHENTICATION_CANCELED
from payments.errors import PaymentNotFound
from payments.models import Authentication, Payment
from payments.services._authentication import end_waiting
from payments.services._let_go import let_go
from payments.services._release import release_rest
from payments.services._telling import tell
from payments.states import AuthenticationStatus, PaymentStatus


@transaction
def cancel_payment(*, payment_id: str, by: Actor, now: datetime, first_asked_at: datetime | None = None) -> Payment:
    payment = Payment.locked(payment_id)
    if by.kind == "cus" and payment.customer_id not in {"", by.ref}:
        raise PaymentNotFound
    if first_asked_at and _canceled_then(payment, by=by, since=first_asked_at):
        return payment
    if payment.status != PaymentStatus.PARTIALLY_CAPTURED:
        _stop_authentication(payment, by=by, now=now)
        let_go(payment, verb="cancel", by=by, now=now)
        tell("payment.canceled", payment, by=by, now=now)
    elif payment.capturable:
        release_rest(payment, why="cancel", by=by, now=now)
    else:
        raise TransitionRefused(current=PaymentStatus.PARTIALLY_CAPTURED, verb="cancel")
    return payment


def _stop_authentication(payment: Payment, *, by: Actor, now: datetime) -> None:
    """While an issuer waits for its customer, nothing has been asked for: that is no reason to refuse."""
    if payment.status != PaymentStatus.PROCESSING:
        return
    waiting = Authentication.objects.select_related("authorization").filter(
        payment=payment, status__in=[AuthenticationStatus.CHALLENGED, AuthenticationStatus.AWAITED]
    )
    if authentication := waiting.first():
        end_waiting(payment, authentication, verb="refuse", why=AUTHENTICATION_CANCELED, by=by, now=now)


def _canceled_then(payment: Payment, *, by: Actor, since: datetime) -> bool:
    """A payment whose rest was released is asked about its rest: nothing of it may be left."""
    done = payment.changes.filter(verb__in=["cancel", "release"], by=by.ref, at__gte=since)
    return not payment.capturable and done.exists()
