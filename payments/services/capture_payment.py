"""Take what the issuer promised: all that is left, or `amount` of it, as often as something is left.

`final` says that the shop takes no more: what is left after this capture is released in the same commit. The same
`capture_id` again gives the first capture back; with another amount, or another word on being final, it is refused. The
network is told afterwards, by one advice per capture, until it acknowledges.

Refuses: PaymentNotFound, CaptureExceedsAuthorization, RepeatDiffers, TransitionRefused (nothing is promised, nothing is
left, or `capture_before` is over).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from common.states import TransitionRefused
from payments.errors import CaptureExceedsAuthorization, RepeatDiffers
from payments.models import Capture, Payment
from payments.services._release import release_rest
from payments.services.book_capture import book_capture
from payments.states import AuthorizationStatus, PaymentStatus


@transaction
def capture_payment(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    payment_id: str,
    capture_id: str,
    amount: Money | None = None,
    final: bool = False,
    by: Actor,
    now: datetime,
) -> Capture:
    if amount is not None and amount.minor <= 0:
        raise ValueError(f"a capture is about a positive amount, not {amount}")
    payment = Payment.locked(payment_id)
    if earlier := Capture.objects.filter(pk=capture_id).first():
        if earlier.payment_id != payment.id or amount not in {None, earlier.amount} or final != earlier.final:
            raise RepeatDiffers
        return earlier
    left = payment.capturable
    if payment.capture_before is None or not left:
        raise TransitionRefused(current=PaymentStatus(payment.status), verb="capture")
    if now >= payment.capture_before:
        raise TransitionRefused(current=PaymentStatus.EXPIRED, verb="capture")
    if amount is not None and amount > left:
        raise CaptureExceedsAuthorization(available=left)
    attempt = payment.authorizations.get(status=AuthorizationStatus.AUTHORIZED)
    capture = book_capture(
        payment=payment, attempt=attempt, capture_id=capture_id, amount=amount, final=final, by=by, now=now
    )
    if final and payment.capturable:
        release_rest(payment, why="final", by=by, now=now)
    return capture
