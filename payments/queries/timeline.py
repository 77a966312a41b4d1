"""The story of one payment, for its page in the portal and in the dashboard."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from payments.models import Authorization, Dispute, Payment, PaymentStatusChange, Refund
from payments.states import (
    AuthenticationStatus,
    AuthorizationStatus,
    CaptureStatus,
    DisputeOrigin,
    DisputeStage,
    FraudSource,
    PaymentStatus,
    RefundStatus,
)
from payments.types import Happening, TimelineItem

# fmt: off
_OF_STATE: Final = {
    PaymentStatus.REQUIRES_APPROVAL: None,  # told by the attempt that was declined
    PaymentStatus.PROCESSING:        None,  # told by the attempt that was begun
    PaymentStatus.DECLINED:          None,
    PaymentStatus.AUTHORIZED:        None,
    PaymentStatus.PARTIALLY_CAPTURED: None,
    PaymentStatus.CAPTURED:          None,
    PaymentStatus.CANCELED:          Happening.CANCELED,
    PaymentStatus.EXPIRED:           Happening.EXPIRED,
}
_CONCLUDED: Final = {
    AuthorizationStatus.AUTHORIZED: Happening.AUTHORIZED,
    AuthorizationStatus.VOIDED:     Happening.AUTHORIZED,
    AuthorizationStatus.EXPIRED:    Happening.AUTHORIZED,
    AuthorizationStatus.DECLINED:   Happening.DECLINED,
    AuthorizationStatus.REVERSED:   Happening.REVERSED,
}
_OPENED: Final = {
    DisputeStage.INQUIRY:         Happening.INQUIRY_OPENED,
    DisputeStage.CHARGEBACK:      Happening.DISPUTE_OPENED,
    DisputeStage.PRE_ARBITRATION: Happening.DISPUTE_OPENED,
}
_OF_DISPUTE: Final = {
    "answer":       Happening.EVIDENCE_SUBMITTED,
    "second_stage": Happening.SECOND_STAGE_BEGUN,
    "win":          Happening.DISPUTE_WON,
    "lose":         Happening.DISPUTE_LOST,
    "accept":       Happening.DISPUTE_ACCEPTED,
    "close":        Happening.INQUIRY_CLOSED,
}
# fmt: on


def timeline_of(payment: Payment) -> list[TimelineItem]:
    """What happened to this payment, oldest first."""
    begun = Happening.CHARGED if payment.grant_id else Happening.CREATED
    told = [_item(begun, payment.created_at, _maker(payment), amount_minor=payment.amount_minor)]
    for attempt in payment.authorizations.select_related("approval", "authentication").order_by("id"):
        told.extend(_of_attempt(attempt))
    for capture in payment.captures.order_by("created_at", "id"):
        amounts = {"capture": capture.id, "amount_minor": capture.amount_minor, "points_minor": capture.points_minor}
        told.append(_item(Happening.CAPTURED, capture.created_at, capture.by, **amounts))
        if capture.status == CaptureStatus.REFUSED and capture.settled_at:
            told.append(_item(Happening.CAPTURE_REFUSED, capture.settled_at, "sys", **amounts))
    for change in payment.changes.order_by("version"):
        if change.verb == "release":
            told.append(_item(Happening.RELEASED, change.at, change.by, amount_minor=_let_go(payment, change.at)))
        elif happening := _OF_STATE[PaymentStatus(change.new)]:
            told.append(_item(happening, change.at, change.by))
    for refund in payment.refunds.order_by("id"):
        told.extend(_of_refund(refund))
    for dispute in payment.disputes.prefetch_related("changes").order_by("id"):
        told.extend(_of_dispute(dispute))
    for report in payment.fraud_reports.exclude(source=FraudSource.ELSEWHERE).order_by("id"):
        by = payment.customer_id if report.source == FraudSource.CUSTOMER else "sys"
        told.append(_item(Happening.FRAUD_REPORTED, report.reported_at, by, source=str(report.source)))
    # Sorting is stable: what happened in one instant stays in the order of the story.
    return sorted(told, key=lambda item: item.at)


def _of_attempt(attempt: Authorization) -> Iterable[TimelineItem]:
    card = {"authorization": attempt.id, "amount_minor": attempt.amount_minor}
    if (approval := attempt.approval) and not getattr(getattr(attempt, "authentication", None), "mandated", False):
        yield _item(Happening.APPROVED, approval.approved_at, approval.customer_id, kind=approval.kind)
    if attempt.asks_nobody and attempt.concluded_at:
        points = {"authorization": attempt.id, "points_minor": attempt.payment.amount_minor}
        yield _item(Happening.POINTS_SET_ASIDE, attempt.concluded_at, "sys", **points)
        return
    yield from _of_authentication(attempt)
    if attempt.sent_at:
        yield _item(Happening.ASKED_ISSUER, attempt.sent_at, "sys", **card)
    if attempt.unknown_since:
        yield _item(Happening.OUTCOME_UNKNOWN, attempt.unknown_since, "sys", **card)
    if attempt.concluded_at and (happening := _CONCLUDED.get(AuthorizationStatus(attempt.status))):
        if attempt.sent_at is None:
            happening = Happening.STOPPED  # neither a no of the issuer nor a promise that ended: nobody was asked
        why = {"decline_code": attempt.decline_code, "text_key": attempt.text_key} if attempt.decline_code else {}
        yield _item(happening, attempt.concluded_at, "sys", **card, **why)


def _of_authentication(attempt: Authorization) -> Iterable[TimelineItem]:
    authentication = getattr(attempt, "authentication", None)
    if authentication is None:
        return
    facts = {"authorization": attempt.id, "status": authentication.trans_status, "eci": authentication.eci}
    yield _item(Happening.ASKED_3DS, authentication.asked_at, "sys", **facts)
    if authentication.challenge_started_at:
        yield _item(Happening.CHALLENGED, authentication.challenge_started_at, "sys", **facts)
    if authentication.concluded_at:
        agreed = authentication.status == AuthenticationStatus.AGREED and authentication.trans_status in {"Y", "A"}
        happening = Happening.AUTHENTICATED if agreed else Happening.NOT_AUTHENTICATED
        yield _item(happening, authentication.concluded_at, "sys", **facts)


def _of_refund(refund: Refund) -> Iterable[TimelineItem]:
    facts = {"refund": refund.id, "amount_minor": refund.amount_minor, "points_minor": refund.points_minor}
    yield _item(Happening.REFUND_BEGUN, refund.created_at, refund.by, **facts, reason=str(refund.reason))
    if refund.decided_at:
        ended = refund.status == RefundStatus.SUCCEEDED
        happening = Happening.REFUND_SUCCEEDED if ended else Happening.REFUND_FAILED
        yield _item(happening, refund.decided_at, "sys", **facts, decline_code=refund.decline_code)


def _of_dispute(dispute: Dispute) -> Iterable[TimelineItem]:
    facts = {"dispute": dispute.id, "amount_minor": dispute.amount_minor, "reason": str(dispute.reason)}
    for change in sorted(dispute.changes.all(), key=lambda change: change.version):
        if change.verb == "open" and dispute.origin == DisputeOrigin.CUSTOMER:
            happening = Happening.PROBLEM_REPORTED
        elif change.verb in {"open", "escalate"}:
            happening = _OPENED[DisputeStage(change.stage)]
        else:
            happening = _OF_DISPUTE[change.verb]
        yield _item(happening, change.at, change.by, **facts, closed_because=dispute.closed_because)


def _let_go(payment: Payment, at: datetime) -> int:
    """What was left of the promise at this moment: all that no capture had taken by then."""
    taken = payment.captures.filter(created_at__lte=at).exclude(status=CaptureStatus.REFUSED, settled_at__lte=at)
    return payment.amount_minor - sum(capture.amount_minor for capture in taken)


def _item(happening: Happening, at: datetime, by: str, **facts: Any) -> TimelineItem:
    return TimelineItem(happening=happening, at=at, by=by, facts=facts)


def _maker(payment: Payment) -> str:
    first = PaymentStatusChange.objects.filter(payment=payment, version=1).first()
    return first.by if first else ""
