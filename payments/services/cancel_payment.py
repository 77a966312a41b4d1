"""End a payment before any capture, for the customer or the shop. What was promised goes back to the issuer.

Whose payment it is, is the asker's door to know; a customer can cancel their own, and one that nobody has approved yet.

A request that died before it could answer is made again with `first_asked_at`: what the same asker canceled since then
is what it asked for.

Refuses: PaymentNotFound, TransitionRefused while the outcome is unknown (`processing`) and after a capture.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.declines import AUTHENTICATION_CANCELED
from payments.errors import PaymentNotFound
from payments.models import Authentication, Payment
from payments.services._authentication import end_waiting
from payments.services._let_go import let_go
from payments.services._telling import tell
from payments.states import AuthenticationStatus, PaymentStatus


@transaction
def cancel_payment(*, payment_id: str, by: Actor, now: datetime, first_asked_at: datetime | None = None) -> Payment:
    payment = Payment.locked(payment_id)
    if by.kind == "cus" and payment.customer_id not in {"", by.ref}:
        raise PaymentNotFound
    if first_asked_at and _canceled_then(payment, by=by, since=first_asked_at):
        return payment
    _stop_authentication(payment, by=by, now=now)
    let_go(payment, verb="cancel", by=by, now=now)
    tell("payment.canceled", payment, by=by, now=now)
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
    done = payment.changes.filter(new=PaymentStatus.CANCELED, verb="cancel", by=by.ref, at__gte=since)
    return payment.status == PaymentStatus.CANCELED and done.exists()
