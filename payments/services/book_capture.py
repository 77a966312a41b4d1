"""The step that turns a promise, or a part of it, into money owed to the merchant, for the automatic capture and the
shop's own.

It commits with its books, the redeemed points, the advice to the network and the event, or not at all. Points pay their
share of each capture, by largest remainder over what is left, and the last capture takes the rest of them. The fee is
rounded once over all captures together: taking a purchase in small pieces neither saves nor costs any.
"""

from collections.abc import Sequence
from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from common.money import Money, pts
from ledger import services as ledger
from ledger.states import Reason
from ledger.types import Line
from payments.items import items_sold
from payments.models import Authorization, Capture, Payment
from payments.postings import capture_lines, fee_lines, fee_on
from payments.services._advice import put_capture_advice
from payments.services._telling import tell
from payments.states import CaptureStatus
from points import services as points


@transaction_required
def book_capture(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    payment: Payment,
    attempt: Authorization,
    capture_id: str,
    amount: Money | None = None,
    final: bool = False,
    by: Actor,
    now: datetime,
) -> Capture:
    """`amount` is at most what can be captured; all of that when it is left out."""
    earlier = Capture.standing(payment) if payment.amount_captured_minor else []
    taken, left = amount or payment.capturable, payment.capturable
    points_part = _points_of(payment, earlier, taken, left)
    fee = _fee_of(payment, earlier, taken)
    captured = payment.amount_captured + taken
    verb = "capture" if captured == payment.amount else "capture_part"
    payment.move(verb, by=by, now=now, amount_captured_minor=captured.minor)

    card_part = taken - Money(points_part.minor, taken.currency)
    entry = _post(capture_lines(merchant_id=payment.merchant_id, card_part=card_part), Reason.CAPTURE, capture_id, now)
    fee_entry = _post(fee_lines(merchant_id=payment.merchant_id, fee=fee), Reason.FEE, capture_id, now)
    if points_part:
        points.redeem_points(
            payment_id=payment.id,
            capture_id=capture_id,
            amount=points_part,
            at_merchant_id=payment.merchant_id,
            now=now,
        )
    capture = Capture.objects.create(
        id=capture_id,
        payment=payment,
        authorization=attempt,
        amount_minor=taken.minor,
        points_minor=points_part.minor,
        fee_minor=fee.minor,
        currency=payment.currency,
        final=final,
        # What points pay alone is no business of the network's.
        **{} if card_part else {"status": CaptureStatus.ACKNOWLEDGED, "settled_at": now},
        entry_id=entry,
        fee_entry_id=fee_entry,
        by=by.ref,
        created_at=now,
    )
    if card_part:
        put_capture_advice(attempt, capture, now=now)
    tell(
        "payment.captured",
        payment,
        by=by,
        now=now,
        capture=capture.id,
        base_minor=capture.card_part.minor,
        base_before_minor=sum(one.card_part.minor for one in earlier),
        currency=payment.currency,
        points_minor=capture.points_minor,
        items=items_sold(payment.items),
    )
    return capture


def _points_of(payment: Payment, earlier: Sequence[Capture], taken: Money, left: Money) -> Money:
    to_come = pts(payment.points_minor - sum(one.points_minor for one in earlier))
    return to_come.share([taken.minor, (left - taken).minor])[0]


def _fee_of(payment: Payment, earlier: Sequence[Capture], taken: Money) -> Money:
    """What is missing of the fee on all captures together; never below zero, though a refused one changes roundings."""
    together = sum((one.amount for one in earlier), start=taken)
    paid = sum((one.fee for one in earlier), start=Money(0, payment.currency))
    fee = fee_on(together, basis_points=payment.merchant.fee_basis_points)
    return max(fee - paid, Money(0, payment.currency))


def _post(lines: list[Line], reason: Reason, capture_id: str, now: datetime) -> str:
    """The entry's id; empty when there is nothing to write."""
    return ledger.post_entry(lines=lines, reason=reason, source_ref=capture_id, now=now).id if lines else ""
