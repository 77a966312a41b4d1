"""The two ends of a refund, and what each does to the books."""

from datetime import datetime

from django.db.models import Sum

from common.actors import Actor
from common.db import transaction_required
from ledger import services as ledger
from ledger.states import Reason
from payments.models import Payment, Refund
from payments.postings import settled_refund_lines
from payments.services._telling import tell, tell_refund
from payments.states import RefundStatus
from points import services as points
from vault.types import Authorized


@transaction_required
def succeed_refund(refund: Refund, payment: Payment, answer: Authorized, *, by: Actor, now: datetime) -> None:
    """The network took it: the customer has the money, the redeemed points and the merchant its fee back."""
    refund.move(
        "succeed",
        response_code=answer.response_code,
        network_reference=answer.network_reference,
        decided_at=now,
        next_step_at=None,
    )
    ledger.post_entry(
        lines=settled_refund_lines(card_part=refund.card_part),
        reason=Reason.REFUND_SETTLED,
        source_ref=refund.id,
        now=now,
    )
    if refund.points_minor:
        points.give_back_points(payment_id=payment.id, refund_id=refund.id, now=now)
    payment.note(now=now)
    tell_refund("refund.succeeded", refund, payment, by=by, now=now)
    tell("payment.refunded", payment, by=by, now=now, capture=refund.capture_id, refund=refund.id)


@transaction_required
def fail_refund(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    refund: Refund, payment: Payment, *, response_code: str, decline_code: str, by: Actor, now: datetime
) -> None:
    """The network's no, or nothing was sent: counter-entries, and the amount may be refunded another time."""
    refund.move("fail", response_code=response_code, decline_code=decline_code, decided_at=now, next_step_at=None)
    ledger.counter_entry(entry_id=refund.entry_id, reason=Reason.REFUND_FAILED, source_ref=refund.id, now=now)
    if refund.fee_entry_id:
        ledger.counter_entry(
            entry_id=refund.fee_entry_id, reason=Reason.COUNTER, source_ref=refund.fee_entry_id, now=now
        )
    payment.note(now=now, amount_refunded_minor=refunded_minor(payment))
    tell_refund("refund.failed", refund, payment, by=by, now=now)


def refunded_minor(payment: Payment) -> int:
    """The sum over the refunds that are pending or have succeeded. The caller holds the payment's lock."""
    counted = payment.refunds.exclude(status=RefundStatus.FAILED)
    return counted.aggregate(sum=Sum("amount_minor"))["sum"] or 0
