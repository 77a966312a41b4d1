"""Take what the issuer promised. Only the whole amount: `amount` may be left out, and must equal it otherwise.

The same `capture_id` again gives the first capture back; with another amount it is refused. The network is told
afterwards, by advice, until it acknowledges.

Refuses: PaymentNotFound, PartialNotPossible, RepeatDiffers, TransitionRefused (not authorized, or `capture_before` is
over).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from common.states import TransitionRefused
from payments.errors import PartialNotPossible, RepeatDiffers
from payments.models import Capture, Payment
from payments.services.book_capture import book_capture
from payments.states import AuthorizationStatus, PaymentStatus


@transaction
def capture_payment(
    *, payment_id: str, capture_id: str, amount: Money | None = None, by: Actor, now: datetime
) -> Capture:
    payment = Payment.locked(payment_id)
    if earlier := Capture.objects.filter(pk=capture_id).first():
        if earlier.payment_id != payment.id or amount not in {None, earlier.amount}:
            raise RepeatDiffers
        return earlier
    if amount not in {None, payment.amount}:
        raise PartialNotPossible(amount=payment.amount)
    if payment.capture_before is None or payment.status != PaymentStatus.AUTHORIZED:
        raise TransitionRefused(current=PaymentStatus(payment.status), verb="capture")
    if now >= payment.capture_before:
        raise TransitionRefused(current=PaymentStatus.EXPIRED, verb="capture")
    attempt = payment.authorizations.get(status=AuthorizationStatus.AUTHORIZED)
    return book_capture(payment=payment, attempt=attempt, capture_id=capture_id, by=by, now=now)
