"""Take back everything that one merchant could still take from a customer, at all of its shops.

Every permission is ended first, so that nothing new can begin meanwhile; then every payment is canceled of which
nothing was taken. Each in a commit of its own: what one row stands in the way of stops none of the others, and asking
again goes on where it stopped. What cannot be canceled is said: a payment whose outcome nobody knows yet, and one that
the shop was just faster with.
"""

from contextlib import suppress
from datetime import datetime

from common.actors import Actor
from common.states import TransitionRefused
from payments.models import Grant, Payment
from payments.services.cancel_payment import cancel_payment
from payments.services.end_grant import end_grant
from payments.states import GrantStatus, PaymentStatus
from payments.types import ChargesEnded


def cancel_open_charges(*, customer_id: str, merchant_id: str, by: Actor, now: datetime) -> ChargesEnded:
    ended = _end_grants(customer_id=customer_id, merchant_id=merchant_id, by=by, now=now)
    open_ones = Payment.objects.filter(
        customer_id=customer_id,
        merchant_id=merchant_id,
        status__in=[PaymentStatus.REQUIRES_APPROVAL, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED],
    )
    canceled, unknown = [], []
    for payment_id in open_ones.order_by("pk").values_list("pk", flat=True):
        try:
            canceled.append(cancel_payment(payment_id=payment_id, by=by, now=now))
        except TransitionRefused:
            payment = Payment.objects.select_related("shop").get(pk=payment_id)
            if payment.status == PaymentStatus.PROCESSING:
                unknown.append(payment)
    return ChargesEnded(canceled=tuple(canceled), unknown=tuple(unknown), grants=ended)


def _end_grants(*, customer_id: str, merchant_id: str, by: Actor, now: datetime) -> int:
    living = Grant.objects.filter(customer_id=customer_id, merchant_id=merchant_id).exclude(status=GrantStatus.ENDED)
    ended = 0
    for grant_id in living.order_by("pk").values_list("pk", flat=True):
        with suppress(TransitionRefused):  # ended by somebody else meanwhile
            end_grant(grant_id=grant_id, by=by, now=now)
            ended += 1
    return ended
