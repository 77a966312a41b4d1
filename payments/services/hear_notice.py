"""Deal with one thing that the card network told the safe unasked. It has its effect once, whoever reads it how often.

What the notice does and that it was heard commit together. One that fits nothing of ours is noted and done with.
"""

import logging
from datetime import datetime
from typing import Final

from accounts import services as accounts
from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from common.insert_once import insert_once
from events import services as events
from payments.dispute_reasons import reason_of
from payments.models import Authorization, Dispute, FraudReport, Payment
from payments.services._fraud import tell_fraud
from payments.services._telling import call_a_person
from payments.services.begin_second_stage import begin_second_stage
from payments.services.close_dispute import close_dispute
from payments.services.open_dispute import open_dispute
from payments.states import DisputeStage, FraudSource
from vault.types import Notice

logger = logging.getLogger(__name__)

SOURCE: Final = "card_network"
OUTCOMES: Final = frozenset({"won", "lost", "accepted", "closed"})
_STAGES: Final = {"inquiry": DisputeStage.INQUIRY, "dispute_opened": DisputeStage.CHARGEBACK}
_REPORTS: Final = {"fraud_report": FraudSource.NETWORK, "fraud_elsewhere": FraudSource.ELSEWHERE}


@transaction
def hear_notice(*, notice: Notice, now: datetime) -> None:
    said = {"kind": notice.kind, "reference": notice.reference, "case": notice.case_ref, "outcome": notice.outcome}
    if not events.hear_event(source=SOURCE, external_id=notice.notice_ref, data=said, now=now):
        return
    if notice.kind == "account_updated":
        if notice.exp_month and notice.exp_year:
            accounts.renew_cards(
                card_tokens=notice.card_tokens,
                exp_month=notice.exp_month,
                exp_year=notice.exp_year,
                by=SYSTEM,
                now=now,
            )
        return
    attempt = Authorization.objects.filter(pk=notice.reference).first()
    if attempt and notice.kind == "contradiction":
        _alert(notice, attempt, now=now)
        return
    if attempt is None or not _deal_with(notice, attempt, now=now):
        events.record_event("network.notice_not_placed", subject=notice.notice_ref, by=SYSTEM, at=now, data=said)
        events.write_audit("network.notice_not_placed", subject=notice.notice_ref, by=SYSTEM, at=now, data=said)
        logger.error("notice %s (%s) of the card network fits nothing of ours", notice.notice_ref, notice.kind)


def _deal_with(notice: Notice, attempt: Authorization, *, now: datetime) -> bool:
    """Whether it fitted something."""
    if source := _REPORTS.get(notice.kind):
        _report(notice, attempt, source, now=now)
        return True
    if not notice.case_ref:
        return False
    if (stage := _STAGES.get(notice.kind)) and notice.amount:
        open_dispute(
            payment_id=attempt.payment_id,
            authorization_id=attempt.id,
            case_ref=notice.case_ref,
            stage=stage,
            reason=reason_of(notice.reason_code),
            reason_code=notice.reason_code,
            amount=notice.amount,
            respond_by=notice.due_at,
            by=SYSTEM,
            now=now,
        )
        return True
    dispute = Dispute.objects.filter(case_ref=notice.case_ref, payment_id=attempt.payment_id).first()
    if dispute is not None and notice.kind == "dispute_stage":
        begin_second_stage(dispute_id=dispute.id, respond_by=notice.due_at, by=SYSTEM, now=now)
        return True
    if dispute is not None and notice.kind == "dispute_closed" and notice.outcome in OUTCOMES:
        close_dispute(dispute_id=dispute.id, outcome=notice.outcome, by=SYSTEM, now=now)
        return True
    return False


def _alert(notice: Notice, attempt: Authorization, *, now: datetime) -> None:
    """The network answered one question twice, and differently. The first answer stands; a person compares."""
    book = f"its book says {notice.outcome}" if notice.outcome else "its book could not be asked"
    why = f"two answers of the network: {notice.stage or '—'} is kept, {notice.reason_code} came after it; {book}"
    call_a_person(Payment.objects.get(pk=attempt.payment_id), about=attempt.id, why=why, now=now)


def _report(notice: Notice, attempt: Authorization, source: FraudSource, *, now: datetime) -> None:
    payment = Payment.objects.get(pk=attempt.payment_id)
    report = FraudReport(
        id=new_id("frd"),
        merchant_id=payment.merchant_id,
        payment=payment,
        source=source,
        notice_ref=notice.notice_ref,
        amount_minor=notice.amount.minor,
        currency=notice.amount.currency,
        reported_at=now,
    )
    if insert_once(report):
        tell_fraud(report, payment, by=SYSTEM, now=now)
