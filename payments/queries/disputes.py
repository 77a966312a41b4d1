"""Disputes, evidence and reports of fraud. Whose they are belongs to every question."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from common.clock import instant_text
from payments.errors import DisputeNotFound, EvidenceFileNotFound
from payments.models import CaseAnswer, Dispute, EvidenceFile, FraudReport, Payment
from payments.queries.lists import FIRST_PAGE, page_of
from payments.states import ASKED_OF_THE_SHOP, OPEN_DISPUTES, DisputeOrigin, DisputeReason, DisputeStatus, FraudSource
from payments.types import Cursor, Page


def _disputes() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("payment", "payment__shop", "payment__merchant").prefetch_related(
        "answers", "files"
    )


def dispute_of_merchant(merchant_id: str, dispute_id: str) -> Dispute:
    """Refuses (DisputeNotFound) another merchant's dispute like one that is not there."""
    dispute = _disputes().filter(merchant_id=merchant_id, pk=dispute_id).first()
    if dispute is None:
        raise DisputeNotFound
    return dispute


def dispute_for_staff(dispute_id: str) -> Dispute:
    """Whoever's it is. Refuses (DisputeNotFound)."""
    dispute = _disputes().select_related("merchant").filter(pk=dispute_id).first()
    if dispute is None:
        raise DisputeNotFound
    return dispute


def disputes_of_merchant(  # noqa: PLR0913 (each narrows the list, and all are named)
    merchant_id: str,
    *,
    payment_id: str = "",
    statuses: Iterable[str] = (),
    text: str = "",
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    cursor: Cursor = FIRST_PAGE,
) -> Page[Dispute]:
    """Newest first. `text` is found in the shop's order number, or is exactly an id."""
    rows = _disputes().filter(merchant_id=merchant_id)
    if payment_id:
        rows = rows.filter(payment_id=payment_id)
    if statuses := tuple(statuses):
        rows = rows.filter(status__in=statuses)
    if text:
        rows = rows.filter(
            Q(payment__merchant_reference__icontains=text) | Q(pk=text) | Q(payment_id=text) | Q(case_ref=text)
        )
    if created_from:
        rows = rows.filter(opened_at__gte=created_from)
    if created_before:
        rows = rows.filter(opened_at__lt=created_before)
    return page_of(rows, cursor, prefix="dsp")


def disputes_of_payment(payment: Payment) -> list[Dispute]:
    """Oldest first."""
    return list(payment.disputes.prefetch_related("answers", "files", "changes").order_by("id"))


def disputes_to_answer(merchant_id: str, *, limit: int = 10) -> list[Dispute]:
    """What waits for the shop, the one whose time ends first at the top."""
    rows = _disputes().filter(merchant_id=merchant_id, status=DisputeStatus.NEEDS_RESPONSE)
    return list(rows.order_by("respond_by", "id")[:limit])


def open_case_of_customer(payment: Payment) -> Dispute | None:
    """What the customer reported about this payment, while it is open."""
    return payment.disputes.filter(origin=DisputeOrigin.CUSTOMER, status__in=OPEN_DISPUTES).first()


def problems_to_report(payment: Payment) -> list[DisputeReason]:
    """What its customer may say is wrong with it now. That it wasn't they: once, whatever became of it, because a tried
    or a waiting payment tells of a thief as well as a finished one. All else once something was taken. Nothing while a
    case is open.
    """
    if payment.approved_at is None or payment.disputes.filter(status__in=OPEN_DISPUTES).exists():
        return []
    problems = [*ASKED_OF_THE_SHOP] if payment.amount_captured_minor else []
    if payment.fraud_reports.filter(source=FraudSource.CUSTOMER).exists():
        return problems
    return [DisputeReason.FRAUDULENT, *problems]


def evidence_file_of_merchant(merchant_id: str, dispute_id: str, file_id: str) -> EvidenceFile:
    file = EvidenceFile.objects.filter(pk=file_id, dispute_id=dispute_id, dispute__merchant_id=merchant_id).first()
    if file is None:
        raise EvidenceFileNotFound
    return file


def evidence_file_by_id(file_id: str) -> EvidenceFile:
    """For the staff, who may read all evidence."""
    file = EvidenceFile.objects.filter(pk=file_id).first()
    if file is None:
        raise EvidenceFileNotFound
    return file


def fraud_reports_of_payment(payment: Payment) -> list[FraudReport]:
    """What the shop and the customer may know of: misuse elsewhere says nothing about this payment."""
    return list(payment.fraud_reports.exclude(source=FraudSource.ELSEWHERE).order_by("id"))


# Snapshots ------------------------------------------------------------------------------------------------------------


def dispute_snapshot(dispute: Dispute) -> dict[str, Any]:
    """The API's dispute object without what people wrote. It is the data of every dispute event."""
    return {
        "id": dispute.id,
        "object": "dispute",
        "livemode": settings.LIVE,
        "payment": dispute.payment_id,
        "stage": str(dispute.stage),
        "status": str(dispute.status),
        "opened_by": str(dispute.origin),
        "reason": str(dispute.reason),
        "network_reason_code": dispute.reason_code or None,
        "network_case": dispute.case_ref or None,
        "amount": dispute.amount_minor,
        "amount_withheld": dispute.withheld_minor,
        "fee": dispute.fee_minor,
        "balance_effect": -(dispute.withheld_minor + dispute.fee_minor),
        "currency": dispute.currency,
        "respond_by": dispute.respond_by and instant_text(dispute.respond_by),
        "closed_at": dispute.closed_at and instant_text(dispute.closed_at),
        "closed_because": dispute.closed_because or None,
        "version": dispute.version,
        "created_at": instant_text(dispute.opened_at),
    }


def dispute_with_evidence(dispute: Dispute) -> dict[str, Any]:
    """The dispute object as its merchant reads it: with what was said, and the files."""
    return {
        **dispute_snapshot(dispute),
        "customer_message": dispute.words or None,
        "files": [evidence_file_snapshot(file) for file in sorted(dispute.files.all(), key=lambda file: file.id)],
        "answers": [_answer(answer) for answer in sorted(dispute.answers.all(), key=lambda answer: answer.id)],
    }


def evidence_file_snapshot(file: EvidenceFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "object": "evidence_file",
        "name": file.name,
        "media_type": file.media_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "created_at": instant_text(file.created_at),
    }


def fraud_report_snapshot(report: FraudReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "object": "fraud_report",
        "livemode": settings.LIVE,
        "payment": report.payment_id,
        "told_by": str(report.source),
        "amount": report.amount_minor,
        "currency": report.currency,
        "created_at": instant_text(report.reported_at),
    }


def _answer(answer: CaseAnswer) -> dict[str, Any]:
    """`status` says whether the network has taken note; a customer's case has no network to tell."""
    return {
        "stage": str(answer.stage),
        "kind": str(answer.kind),
        "status": str(answer.status),
        "statement": answer.facts.get("statement"),
        "carrier": answer.facts.get("carrier"),
        "tracking_number": answer.facts.get("tracking_number"),
        "shipped_on": answer.facts.get("shipped_on"),
        "refund": answer.facts.get("refund"),
        "files": answer.file_ids,
        "digest": answer.digest,
        "created_at": instant_text(answer.created_at),
    }
