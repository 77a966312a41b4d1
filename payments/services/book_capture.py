"""The step that turns a promise into money owed to the merchant, for the automatic capture and for the shop's own.

It commits with its books, the redeemed points, the advice to the network and the event, or not at all.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from ledger import services as ledger
from ledger.states import Reason
from payments.models import Authorization, Capture, Payment
from payments.postings import capture_lines, fee_lines, fee_on
from payments.services._advice import put_advice
from payments.services._telling import tell
from payments.states import AdviceKind
from points import services as points


@transaction_required
def book_capture(*, payment: Payment, attempt: Authorization, capture_id: str, by: Actor, now: datetime) -> Capture:
    payment.move("capture", by=by, now=now, amount_captured_minor=payment.amount_minor)
    fee = fee_on(payment.amount, basis_points=payment.merchant.fee_basis_points)
    entry = ledger.post_entry(
        lines=capture_lines(merchant_id=payment.merchant_id, card_part=payment.card_part),
        reason=Reason.CAPTURE,
        source_ref=capture_id,
        now=now,
    )
    fee_line = fee_lines(merchant_id=payment.merchant_id, fee=fee)
    fee_entry = fee_line and ledger.post_entry(lines=fee_line, reason=Reason.FEE, source_ref=capture_id, now=now)
    if payment.points:
        points.redeem_points(payment_id=payment.id, at_merchant_id=payment.merchant_id, now=now)
    capture = Capture.objects.create(
        id=capture_id,
        payment=payment,
        authorization=attempt,
        amount_minor=payment.amount_minor,
        points_minor=payment.points_minor,
        fee_minor=fee.minor,
        currency=payment.currency,
        entry_id=entry.id,
        fee_entry_id=fee_entry.id if fee_entry else "",
        by=by.ref,
        created_at=now,
    )
    put_advice(attempt, AdviceKind.CAPTURE, now=now)
    tell(
        "payment.captured",
        payment,
        by=by,
        now=now,
        capture=capture.id,
        base_minor=capture.card_part.minor,
        currency=payment.currency,
        points_minor=capture.points_minor,
    )
    return capture
