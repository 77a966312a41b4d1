"""Give captured money back: all that was not given back yet, or `amount` of it, as often as something is left.

The oldest captures are given back first, unless the shop names one (`capture_id`). Of each capture the redeemed points
and the fee return in their exact shares, by largest remainder over what is left of it; who takes the last yen takes the
rest of them. So any row of refunds that gives all back leaves what was before the purchase. What issuers took back in
disputes is given back by them, so of the card's part no more than the rest.

Three steps like an approval: the refund is written with its books (the merchant no longer has the money), the network
is asked, the outcome is written. Silence leaves it `pending`, and the janitor inquires; a refund is never sent twice.
A refund waits until the network has acknowledged the captures that it gives back. Pending ones count: together they
never exceed what was captured, and the tables see to it as well.

The same `refund_id` again gives the first refund back; with another amount or capture it is refused.
Refuses: PaymentNotFound, CaptureNotFound, RefundExceedsCaptured, RepeatDiffers, NothingToRefund, TransitionRefused
(nothing was captured).
"""

from collections.abc import Sequence
from datetime import datetime

from common.actors import Actor
from common.db import outside_transaction, transaction
from common.ids import new_id
from common.money import Money
from common.states import TransitionRefused
from ledger import services as ledger
from ledger.states import Reason
from ledger.types import Line
from payments.errors import CaptureNotFound, NothingToRefund, RefundExceedsCaptured, RepeatDiffers
from payments.models import Capture, Payment, Refund, RefundPart
from payments.postings import fee_returned_lines, refund_lines
from payments.services._dispute_money import card_part_left
from payments.services._refund import count_parts
from payments.services._telling import tell_refund
from payments.services.claim_due import lease_from
from payments.services.resolve_refund import resolve_refund
from payments.states import REFUNDABLE, PaymentStatus, RefundReason


@outside_transaction
def refund_payment(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    payment_id: str,
    refund_id: str,
    amount: Money | None = None,
    capture_id: str | None = None,
    reason: str = RefundReason.OTHER,
    by: Actor,
    now: datetime,
) -> Refund:
    refund, begun = _begin(
        payment_id=payment_id,
        refund_id=refund_id,
        amount=amount,
        capture_id=capture_id,
        reason=RefundReason(reason),
        by=by,
        now=now,
    )
    return resolve_refund(refund_id=refund.id, now=now) if begun else refund


@transaction
def _begin(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    payment_id: str,
    refund_id: str,
    amount: Money | None,
    capture_id: str | None,
    reason: RefundReason,
    by: Actor,
    now: datetime,
) -> tuple[Refund, bool]:
    """The refund, and whether it was begun just now."""
    if amount is not None and amount.minor <= 0:
        raise ValueError(f"a refund is about a positive amount, not {amount}")
    payment = Payment.locked(payment_id)
    if earlier := Refund.objects.filter(pk=refund_id).first():
        same = earlier.payment_id == payment.id and earlier.capture_id == capture_id
        if not same or amount not in {None, earlier.amount}:
            raise RepeatDiffers
        return earlier, False
    if payment.status not in REFUNDABLE:
        raise TransitionRefused(current=PaymentStatus(payment.status), verb="refund")
    parts = _parts(refund_id, _captures_to_give_back(payment, capture_id), payment, amount)
    refund = _write(payment, parts, refund_id=refund_id, capture_id=capture_id, reason=reason, by=by, now=now)
    payment.note(now=now, amount_refunded_minor=payment.amount_refunded_minor + refund.amount_minor)
    tell_refund("refund.created", refund, payment, by=by, now=now)
    return refund, True


def _captures_to_give_back(payment: Payment, capture_id: str | None) -> list[Capture]:
    standing = Capture.standing(payment)
    if capture_id is None:
        return standing
    if named := [one for one in standing if one.id == capture_id]:
        return named
    raise CaptureNotFound


def _parts(refund_id: str, captures: Sequence[Capture], payment: Payment, amount: Money | None) -> list[RefundPart]:
    """Oldest first, until the amount is found; without one, all that is left.

    What a dispute took of the card's part is not given back a second time: then points make up for it.
    """
    left, parts, missing = card_part_left(payment), [], amount
    available = Money(0, payment.currency)
    for capture in captures:
        of_card = min(left, capture.card_refundable)
        most = of_card + Money(capture.points_refundable.minor, payment.currency)
        available += most
        taken = most if missing is None else min(missing, most)
        if not taken:
            continue
        weights = [taken.minor, (capture.refundable - taken).minor]
        points_minor = max(capture.points_refundable.share(weights)[0].minor, (taken - of_card).minor)
        left -= taken - Money(points_minor, payment.currency)
        parts.append(
            RefundPart(
                id=new_id("rfp"),
                refund_id=refund_id,
                capture=capture,
                amount_minor=taken.minor,
                points_minor=points_minor,
                fee_minor=capture.fee_refundable.share(weights)[0].minor,
            )
        )
        missing = None if missing is None else missing - taken
    if not available:
        raise NothingToRefund
    if missing:
        raise RefundExceedsCaptured(available=available)
    return parts


def _write(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    parts: Sequence[RefundPart],
    *,
    refund_id: str,
    capture_id: str | None,
    reason: RefundReason,
    by: Actor,
    now: datetime,
) -> Refund:
    """The rows and their books: the card's part goes on its way, the fee comes back."""
    fee_minor = sum(part.fee_minor for part in parts)
    refund = Refund(
        id=refund_id,
        merchant_id=payment.merchant_id,
        payment=payment,
        capture_id=capture_id,
        amount_minor=sum(part.amount_minor for part in parts),
        points_minor=sum(part.points_minor for part in parts),
        fee_minor=fee_minor,
        currency=payment.currency,
        reason=reason,
        by=by.ref,
        created_at=now,
        # Until then this very call works on it; the janitor goes on if it did not come to the end.
        next_step_at=lease_from(now),
    )
    refund.entry_id = _post(
        refund_lines(merchant_id=payment.merchant_id, card_part=refund.card_part), Reason.REFUND, refund_id, now
    )
    refund.fee_entry_id = _post(
        fee_returned_lines(merchant_id=payment.merchant_id, fee=refund.fee), Reason.FEE_RETURNED, refund_id, now
    )
    refund.save(force_insert=True)
    RefundPart.objects.bulk_create(parts)
    count_parts(parts, sign=1)
    return refund


def _post(lines: list[Line], reason: Reason, refund_id: str, now: datetime) -> str:
    """The entry's id; empty when there is nothing to write."""
    return ledger.post_entry(lines=lines, reason=reason, source_ref=refund_id, now=now).id if lines else ""
