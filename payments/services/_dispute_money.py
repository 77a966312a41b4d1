"""What a dispute does to the books, to the payment's sums, and how it is told. The caller holds the payment's lock."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Sum

from common.actors import Actor
from common.db import transaction_required
from common.money import Money
from events import services as events
from ledger import services as ledger
from ledger.states import Reason
from payments.models import Dispute, Payment
from payments.postings import (
    dispute_lost_lines,
    dispute_opened_lines,
    dispute_won_lines,
    fee_lines,
    fee_returned_lines,
)
from payments.queries.disputes import dispute_snapshot
from payments.states import LOST_DISPUTES, CaptureStatus, RefundStatus


def card_part_left(payment: Payment) -> Money:
    """What the card paid, less what went back to it and what other disputes have taken."""
    card_part = F("amount_minor") - F("points_minor")
    captured = payment.captures.exclude(status=CaptureStatus.REFUSED).aggregate(sum=Sum(card_part))["sum"] or 0
    refunded = payment.refunds.exclude(status=RefundStatus.FAILED).aggregate(sum=Sum(card_part))["sum"] or 0
    return Money(captured - refunded - payment.amount_disputed_minor, payment.currency)


@transaction_required
def withhold(dispute: Dispute, payment: Payment, *, now: datetime) -> Money:
    """Take what is disputed and not withheld yet from what the merchant is owed; no more than is left. How much."""
    amount = min(dispute.amount - dispute.withheld, card_part_left(payment))
    if amount.minor <= 0:
        return Money(0, payment.currency)
    _set(dispute, round=dispute.round + 1)
    ledger.post_entry(
        lines=dispute_opened_lines(merchant_id=payment.merchant_id, amount=amount),
        reason=Reason.DISPUTE_OPENED,
        source_ref=dispute.books_ref,
        now=now,
    )
    payment.note(now=now, amount_disputed_minor=payment.amount_disputed_minor + amount.minor)
    _set(dispute, withheld_minor=dispute.withheld_minor + amount.minor)
    return amount


@transaction_required
def charge_fee(dispute: Dispute, payment: Payment, *, now: datetime) -> None:
    """Once for a dispute that took something, if the operator asks one."""
    fee = Money(settings.DISPUTE_FEE_MINOR, payment.currency)
    if not fee or not dispute.withheld_minor or dispute.fee_minor:
        return
    lines = fee_lines(merchant_id=payment.merchant_id, fee=fee)
    ledger.post_entry(lines=lines, reason=Reason.DISPUTE_FEE, source_ref=dispute.books_ref, now=now)
    _set(dispute, fee_minor=fee.minor)


@transaction_required
def give_back(dispute: Dispute, payment: Payment, *, now: datetime) -> None:
    """Won: what was withheld is owed to the merchant again, and the fee comes back."""
    if dispute.withheld_minor:
        ledger.post_entry(
            lines=dispute_won_lines(merchant_id=payment.merchant_id, amount=dispute.withheld),
            reason=Reason.DISPUTE_WON,
            source_ref=dispute.books_ref,
            now=now,
        )
        payment.note(now=now, amount_disputed_minor=payment.amount_disputed_minor - dispute.withheld_minor)
    if dispute.fee_minor:
        ledger.post_entry(
            lines=fee_returned_lines(merchant_id=payment.merchant_id, fee=dispute.fee),
            reason=Reason.DISPUTE_FEE_RETURNED,
            source_ref=dispute.books_ref,
            now=now,
        )
    _set(dispute, withheld_minor=0, fee_minor=0)


@transaction_required
def let_it_go(dispute: Dispute, payment: Payment, *, now: datetime) -> None:
    """Lost or accepted: what was withheld is the card owner's."""
    if dispute.withheld_minor:
        ledger.post_entry(
            lines=dispute_lost_lines(merchant_id=payment.merchant_id, amount=dispute.withheld),
            reason=Reason.DISPUTE_LOST,
            source_ref=dispute.books_ref,
            now=now,
        )


def lost_parts(dispute: Dispute, payment: Payment) -> list[dict[str, Any]]:
    """Which stretch of which capture's card part is lost. Counted from the end: refunds take from the beginning."""
    others = payment.disputes.filter(status__in=LOST_DISPUTES).exclude(pk=dispute.pk)
    skip, left = others.aggregate(sum=Sum("withheld_minor", default=0))["sum"], dispute.withheld_minor
    parts = []
    for capture in payment.captures.exclude(status=CaptureStatus.REFUSED).order_by("-id"):
        whole = capture.card_part.minor
        begin = min(skip, whole)
        end = min(begin + left, whole)
        skip, left = skip - begin, left - (end - begin)
        if end > begin:
            parts.append(
                {"capture": capture.id, "from_minor": whole - end, "upto_minor": whole - begin, "of_minor": whole}
            )
    return parts


@transaction_required
def tell_dispute(what: str, dispute: Dispute, payment: Payment, *, by: Actor, now: datetime, **facts: Any) -> None:
    """The dispute's snapshot for the shop, `facts` for our own handlers. What people wrote is in neither."""
    capture = payment.captures.exclude(status=CaptureStatus.REFUSED).order_by("id").first()
    events.record_event(
        what,
        subject=dispute.id,
        owner_ref=dispute.merchant_id,
        by=by,
        at=now,
        data=dispute_snapshot(dispute),
        facts={
            "dispute": dispute.id,
            "payment": payment.id,
            "capture": capture.id if capture else "",
            "wallet": payment.wallet_id,
            "customer": payment.customer_id,
            "merchant": payment.merchant_id,
            "amount_minor": dispute.amount_minor,
            "withheld_minor": dispute.withheld_minor,
            **facts,
        },
    )


def _set(dispute: Dispute, **facts: Any) -> None:
    Dispute.objects.filter(pk=dispute.pk).update(**facts)
    for name, value in facts.items():
        setattr(dispute, name, value)
