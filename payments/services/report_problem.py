"""A customer says that something is wrong with a payment of theirs.

“That wasn't me” is a report of fraud: the staff is told, the shop is warned, and the card is frozen if its owner wants.
Everything else opens a case with the shop first, in which no money moves: the shop answers or refunds within a week.
The card company stays open to the customer at any time, and we say so.

Refuses: PaymentNotFound (also another customer's), ProblemNotPossible, ProblemAlreadyReported,
ProblemReportedTooOften.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import card_by_id
from accounts.states import CardStatus
from common.actors import Actor
from common.db import transaction
from common.ids import new_id
from common.insert_once import insert_once
from common.text import inert_paragraphs
from events import services as events
from payments.errors import PaymentNotFound, ProblemAlreadyReported, ProblemNotPossible, ProblemReportedTooOften
from payments.models import Dispute, DisputeChange, FraudReport, Payment
from payments.services._dispute_money import card_part_left, tell_dispute
from payments.services._fraud import tell_fraud
from payments.services._telling import call_a_person
from payments.states import (
    CUSTOMER_CASE_LIFE,
    MOST_CASES_OF_CUSTOMER,
    OPEN_DISPUTES,
    DisputeOrigin,
    DisputeReason,
    DisputeStage,
    FraudSource,
)


@transaction
def report_problem(  # noqa: PLR0913 (each is a fact of the report, and all are named)
    *,
    payment_id: str,
    customer_id: str,
    problem: DisputeReason,
    words: str = "",
    freeze_card: bool = False,
    by: Actor,
    now: datetime,
) -> Dispute | FraudReport:
    words = inert_paragraphs(words)
    payment = Payment.locked(payment_id)
    if not customer_id or payment.customer_id != customer_id:
        raise PaymentNotFound
    if problem == DisputeReason.FRAUDULENT:
        return _report_fraud(payment, words=words, freeze_card=freeze_card, by=by, now=now)
    if not payment.amount_captured_minor:
        raise ProblemNotPossible
    if payment.disputes.filter(status__in=OPEN_DISPUTES).exists():
        raise ProblemAlreadyReported
    if payment.disputes.filter(origin=DisputeOrigin.CUSTOMER).count() >= MOST_CASES_OF_CUSTOMER:
        raise ProblemReportedTooOften
    return _open_case(payment, problem=problem, words=words, by=by, now=now)


def _report_fraud(payment: Payment, *, words: str, freeze_card: bool, by: Actor, now: datetime) -> FraudReport:
    report = FraudReport(
        id=new_id("frd"),
        merchant_id=payment.merchant_id,
        payment=payment,
        source=FraudSource.CUSTOMER,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        words=words,
        reported_at=now,
    )
    if not insert_once(report):
        raise ProblemAlreadyReported
    if freeze_card and (card := card_by_id(payment.card_id)) and card.status == CardStatus.USABLE:
        accounts.freeze_card(card_id=card.id, reason="unknown_payment", by=by, now=now)
    events.write_audit("fraud.reported", subject=payment.id, by=by, at=now, data={"report": report.id})
    tell_fraud(report, payment, by=by, now=now)
    call_a_person(payment, about=report.id, why="the customer says that this payment was not theirs", now=now)
    return report


def _open_case(payment: Payment, *, problem: DisputeReason, words: str, by: Actor, now: datetime) -> Dispute:
    amount = card_part_left(payment)
    dispute = Dispute.objects.create(
        id=new_id("dsp"),
        merchant_id=payment.merchant_id,
        payment=payment,
        origin=DisputeOrigin.CUSTOMER,
        stage=DisputeStage.INQUIRY,
        reason=problem,
        words=words,
        amount_minor=amount.minor or payment.amount_minor,
        currency=payment.currency,
        respond_by=now + CUSTOMER_CASE_LIFE,
        opened_at=now,
        remind_at=now + CUSTOMER_CASE_LIFE,
    )
    DisputeChange.objects.create(
        dispute=dispute, version=1, old="", new=dispute.status, stage=dispute.stage, verb="open", by=by.ref, at=now
    )
    tell_dispute("dispute.opened", dispute, payment, by=by, now=now)
    return dispute
