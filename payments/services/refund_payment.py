"""Give captured money back, the whole of it: `amount` may be left out, and must equal it otherwise.

Three steps like an approval: the refund is written with its books (the merchant no longer has the money), the network
is asked, the outcome is written. Silence leaves it `pending`, and the janitor inquires; a refund is never sent twice.
A refund waits until the network has acknowledged the capture that it gives back.

The same `refund_id` again gives the first refund back; with another amount it is refused.
Refuses: PaymentNotFound, PartialNotPossible, RepeatDiffers, NothingToRefund, TransitionRefused (not captured).
"""

from datetime import datetime

from common.actors import Actor
from common.db import outside_transaction, transaction
from common.money import Money
from common.states import TransitionRefused
from ledger import services as ledger
from ledger.states import Reason
from payments.errors import NothingToRefund, PartialNotPossible, RepeatDiffers
from payments.models import Capture, Payment, Refund
from payments.postings import fee_returned_lines, refund_lines
from payments.services._refund import refunded_minor
from payments.services._telling import tell_refund
from payments.services.claim_due import lease_from
from payments.services.resolve_refund import resolve_refund
from payments.states import CaptureStatus, PaymentStatus, RefundReason


@outside_transaction
def refund_payment(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    payment_id: str,
    refund_id: str,
    amount: Money | None = None,
    reason: str = RefundReason.OTHER,
    by: Actor,
    now: datetime,
) -> Refund:
    refund, begun = _begin(
        payment_id=payment_id, refund_id=refund_id, amount=amount, reason=RefundReason(reason), by=by, now=now
    )
    return resolve_refund(refund_id=refund.id, now=now) if begun else refund


@transaction
def _begin(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *, payment_id: str, refund_id: str, amount: Money | None, reason: RefundReason, by: Actor, now: datetime
) -> tuple[Refund, bool]:
    """The refund, and whether it was begun just now."""
    payment = Payment.locked(payment_id)
    if earlier := Refund.objects.filter(pk=refund_id).first():
        if earlier.payment_id != payment.id or amount not in {None, earlier.amount}:
            raise RepeatDiffers
        return earlier, False
    if payment.status != PaymentStatus.CAPTURED:
        raise TransitionRefused(current=PaymentStatus(payment.status), verb="refund")
    if not payment.refundable:
        raise NothingToRefund
    if amount not in {None, payment.refundable}:
        raise PartialNotPossible(amount=payment.refundable)

    capture = payment.captures.exclude(status=CaptureStatus.REFUSED).get()
    refund = _write(payment, capture, refund_id=refund_id, reason=reason, by=by, now=now)
    payment.note(now=now, amount_refunded_minor=refunded_minor(payment))
    tell_refund("refund.created", refund, payment, by=by, now=now)
    return refund, True


def _write(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment, capture: Capture, *, refund_id: str, reason: RefundReason, by: Actor, now: datetime
) -> Refund:
    """The row and its books: the card's part goes on its way, the fee comes back."""
    entry = ledger.post_entry(
        lines=refund_lines(merchant_id=payment.merchant_id, card_part=capture.card_part),
        reason=Reason.REFUND,
        source_ref=refund_id,
        now=now,
    )
    fee_line = fee_returned_lines(merchant_id=payment.merchant_id, fee=capture.fee)
    fee_entry = fee_line and ledger.post_entry(
        lines=fee_line, reason=Reason.FEE_RETURNED, source_ref=refund_id, now=now
    )
    return Refund.objects.create(
        id=refund_id,
        merchant_id=payment.merchant_id,
        payment=payment,
        capture=capture,
        amount_minor=capture.amount_minor,
        points_minor=capture.points_minor,
        fee_minor=capture.fee_minor,
        currency=capture.currency,
        reason=reason,
        entry_id=entry.id,
        fee_entry_id=fee_entry.id if fee_entry else "",
        by=by.ref,
        created_at=now,
        # Until then this very call works on it; the janitor goes on if it did not come to the end.
        next_step_at=lease_from(now),
    )
