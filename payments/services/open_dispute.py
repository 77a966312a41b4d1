"""A case that the card network tells of: an inquiry, in which no money moves, or a chargeback, in which it has moved.

The same case again changes nothing, under whatever notice it is told; a case that was an inquiry becomes a chargeback.
What was refunded before is not taken a second time: when nothing is left to take, we answer for the shop that the
credit was given. Refuses: PaymentNotFound.
"""

from datetime import datetime

from common.actors import SYSTEM, Actor
from common.db import transaction
from common.ids import new_id
from common.money import Money
from payments.models import Authorization, Dispute, DisputeChange, Payment
from payments.services._case_answer import write_answer
from payments.services._dispute_money import card_part_left, charge_fee, tell_dispute, withhold
from payments.states import (
    LOST_DISPUTES,
    OPEN_DISPUTES,
    REMINDED_BEFORE,
    CaseAnswerKind,
    DisputeOrigin,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
    RefundStatus,
)


@transaction
def open_dispute(  # noqa: PLR0913 (each is a fact of the case, and all are named)
    *,
    payment_id: str,
    authorization_id: str,
    case_ref: str,
    stage: DisputeStage,
    reason: DisputeReason,
    reason_code: str,
    amount: Money,
    respond_by: datetime | None,
    by: Actor,
    now: datetime,
) -> Dispute:
    payment = Payment.locked(payment_id)
    if earlier := Dispute.objects.filter(case_ref=case_ref).first():
        if earlier.is_inquiry and stage == DisputeStage.CHARGEBACK:
            _escalate(earlier, payment, amount=amount, respond_by=respond_by, by=by, now=now)
        return earlier
    dispute = Dispute.objects.create(
        id=new_id("dsp"),
        merchant_id=payment.merchant_id,
        payment=payment,
        authorization=Authorization.objects.get(pk=authorization_id),
        origin=DisputeOrigin.NETWORK,
        case_ref=case_ref,
        stage=stage,
        reason=reason,
        reason_code=reason_code,
        amount_minor=amount.minor,
        currency=amount.currency,
        respond_by=respond_by,
        opened_at=now,
        remind_at=first_reminder(respond_by, now=now),
    )
    DisputeChange.objects.create(
        dispute=dispute, version=1, old="", new=dispute.status, stage=stage, verb="open", by=by.ref, at=now
    )
    if stage != DisputeStage.INQUIRY:
        take(dispute, payment, now=now)
    end_case_of_customer(payment, now=now)
    tell_dispute("dispute.opened", dispute, payment, by=by, now=now)
    answer_if_credited(dispute, payment, now=now)
    return dispute


def take(dispute: Dispute, payment: Payment, *, now: datetime) -> None:
    withhold(dispute, payment, now=now)
    charge_fee(dispute, payment, now=now)


def answer_if_credited(dispute: Dispute, payment: Payment, *, now: datetime) -> None:
    """The customer has the money back already: the shop need not be asked for what we know."""
    given = list(payment.refunds.exclude(status=RefundStatus.FAILED).order_by("id").values_list("id", flat=True))
    nothing_to_take = dispute.stage != DisputeStage.INQUIRY and not dispute.withheld_minor
    if nothing_to_take and given and not card_part_left(payment):
        facts = {"statement": "Credit given: the payment was refunded before this dispute.", "refund": given[-1]}
        write_answer(dispute, payment, kind=CaseAnswerKind.EVIDENCE, facts=facts, files=[], by=SYSTEM, now=now)


def first_reminder(respond_by: datetime | None, *, now: datetime) -> datetime | None:
    """The earliest one that still lies ahead."""
    if respond_by is None:
        return None
    return next((respond_by - before for before in REMINDED_BEFORE if respond_by - before > now), None)


def end_case_of_customer(payment: Payment, *, now: datetime) -> None:
    """Once the issuer has a case, what the customer asked the shop before is part of it."""
    for own in payment.disputes.filter(origin=DisputeOrigin.CUSTOMER, status__in=OPEN_DISPUTES):
        own.move("close", by=SYSTEM, now=now, closed_at=now, closed_because="network", remind_at=None)
        tell_dispute("dispute.closed", own, payment, by=SYSTEM, now=now)


def _escalate(  # noqa: PLR0913 (each is a fact of the case, and all are named)
    dispute: Dispute, payment: Payment, *, amount: Money, respond_by: datetime | None, by: Actor, now: datetime
) -> None:
    if dispute.status in {*LOST_DISPUTES, DisputeStatus.WON}:
        return
    dispute.stage = DisputeStage.CHARGEBACK
    dispute.move(
        "escalate",
        by=by,
        now=now,
        stage=DisputeStage.CHARGEBACK,
        amount_minor=amount.minor,
        respond_by=respond_by,
        closed_at=None,
        closed_because="",
        reminders=0,
        remind_at=first_reminder(respond_by, now=now),
    )
    take(dispute, payment, now=now)
    tell_dispute("dispute.updated", dispute, payment, by=by, now=now)
    answer_if_credited(dispute, payment, now=now)
