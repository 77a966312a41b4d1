"""The two ends of a refund, and what each does to the books."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Sum

from common.actors import Actor
from common.db import transaction_required
from ledger import services as ledger
from ledger.states import Reason
from payments.models import Payment, Refund, RefundPart
from payments.postings import settled_refund_lines
from payments.services._telling import tell, tell_refund
from payments.states import RefundStatus
from points import services as points
from vault.types import Authorized


@transaction_required
def succeed_refund(refund: Refund, payment: Payment, answer: Authorized, *, by: Actor, now: datetime) -> None:
    """The network took it: the customer has the money, the redeemed points and the merchant its fee back."""
    parts = parts_of(refund)
    taken_back = [_what_it_had_earned(part) for part in parts]
    refund.move(
        "succeed",
        response_code=answer.response_code,
        network_reference=answer.network_reference,
        decided_at=now,
        next_step_at=None,
    )
    if lines := settled_refund_lines(card_part=refund.card_part):
        ledger.post_entry(lines=lines, reason=Reason.REFUND_SETTLED, source_ref=refund.id, now=now)
    if refund.points_minor:
        amounts = {part.capture_id: part.points for part in parts if part.points_minor}
        points.give_back_points(payment_id=payment.id, refund_id=refund.id, amounts=amounts, now=now)
    payment.note(now=now)
    tell_refund("refund.succeeded", refund, payment, by=by, now=now)
    tell("payment.refunded", payment, by=by, now=now, refund=refund.id, parts=taken_back)


@transaction_required
def fail_refund(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    refund: Refund, payment: Payment, *, response_code: str, decline_code: str, by: Actor, now: datetime
) -> None:
    """The network's no, or nothing was sent: counter-entries, and the amount may be refunded another time."""
    refund.move("fail", response_code=response_code, decline_code=decline_code, decided_at=now, next_step_at=None)
    if refund.entry_id:
        ledger.counter_entry(entry_id=refund.entry_id, reason=Reason.REFUND_FAILED, source_ref=refund.id, now=now)
    if refund.fee_entry_id:
        ledger.counter_entry(
            entry_id=refund.fee_entry_id, reason=Reason.COUNTER, source_ref=refund.fee_entry_id, now=now
        )
    count_parts(parts_of(refund), sign=-1)
    payment.note(now=now, amount_refunded_minor=payment.amount_refunded_minor - refund.amount_minor)
    tell_refund("refund.failed", refund, payment, by=by, now=now)


def parts_of(refund: Refund) -> list[RefundPart]:
    return list(refund.parts.select_related("capture").order_by("id"))


def count_parts(parts: Iterable[RefundPart], *, sign: int) -> None:
    """Note on each capture what is being given back of it (+1), or is not after all (-1)."""
    for part in parts:
        part.capture.count_refund(
            amount_minor=sign * part.amount_minor,
            points_minor=sign * part.points_minor,
            fee_minor=sign * part.fee_minor,
        )


def _what_it_had_earned(part: RefundPart) -> dict[str, Any]:
    """Which stretch of its capture's money part goes back with this refund, for the points that it had earned.

    Stretches of one capture lie side by side in the order in which refunds succeed, so whoever shares something by them
    shares all of it in the end, in whatever order he hears of them.
    """
    earlier = RefundPart.objects.filter(capture=part.capture_id, refund__status=RefundStatus.SUCCEEDED)
    before: int = earlier.aggregate(sum=Sum(F("amount_minor") - F("points_minor"), default=0))["sum"]
    return {
        "capture": part.capture_id,
        "from_minor": before,
        "upto_minor": before + part.card_minor,
        "of_minor": part.capture.card_part.minor,
    }
