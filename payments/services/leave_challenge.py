"""The customer turns back before the issuer has seen them, to use another card. Nothing was asked for, so nothing is
held; a result that comes later changes nothing.

Refuses: PaymentNotFound, TransitionRefused when nobody waits for the customer any more.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.states import TransitionRefused
from payments.declines import AUTHENTICATION_CANCELED
from payments.errors import PaymentNotFound
from payments.models import Authentication, Payment
from payments.services._authentication import end_waiting
from payments.states import AuthenticationStatus, PaymentStatus

WAITING = (AuthenticationStatus.CHALLENGED, AuthenticationStatus.AWAITED)


@transaction
def leave_challenge(*, payment_id: str, by: Actor, now: datetime) -> Payment:
    payment = Payment.locked(payment_id)
    if payment.customer_id != by.ref:
        raise PaymentNotFound
    rows = Authentication.objects.select_related("authorization")
    authentication = rows.filter(payment=payment, status__in=WAITING).first()
    if authentication is None:
        raise TransitionRefused(current=PaymentStatus(payment.status), verb="leave_challenge")
    end_waiting(payment, authentication, verb="refuse", why=AUTHENTICATION_CANCELED, by=by, now=now)
    return payment
