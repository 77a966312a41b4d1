"""What staff may look at. Nothing here is changed by hand."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from common import clock
from common.actors import Actor
from common.money import Money
from common.staff import ReadOnlyAdmin, ReadOnlyInline, staff_site
from common.staff_signatures import FourEyesAdmin
from payments import services as payments
from payments import staff_answers
from payments.card_check import read_json
from payments.evidence_http import evidence_answer
from payments.models import (
    Advice,
    Approval,
    Authentication,
    Authorization,
    Capture,
    CaseAnswer,
    Dispute,
    DisputeAcceptance,
    EvidenceFile,
    FraudReport,
    Grant,
    Payment,
    Receipt,
    Refund,
)
from payments.queries import evidence_file_by_id, open_cases
from payments.states import OPEN_DISPUTES, AdviceStatus, AuthorizationStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class OpenOnly(admin.SimpleListFilter):
    """What still waits for an answer of the network comes first; the rest on request."""

    title = _("waiting for the network")
    parameter_name = "waiting"

    def lookups(self, _request: HttpRequest, _model_admin: object) -> "list[tuple[str, StrOrPromise]]":
        return [("yes", _("Yes"))]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Authorization]) -> QuerySet[Authorization]:
        if self.value() == "yes":
            return rows.filter(status__in=[AuthorizationStatus.SENT, AuthorizationStatus.UNKNOWN])
        return rows


class DueOnly(OpenOnly):
    def queryset(self, _request: HttpRequest, rows: QuerySet[Advice]) -> QuerySet[Advice]:  # type: ignore[override]  # rows of another noun
        return rows.filter(status=AdviceStatus.DUE) if self.value() == "yes" else rows


class _WithMoney:
    """Amounts as people read them, in their currency."""

    @admin.display(description=_("amount"))
    def money(self, row: "Authorization | Capture | Refund | Advice") -> Money:
        return row.amount


class AuthorizationInline(_WithMoney, ReadOnlyInline[Authorization, Payment]):
    model = Authorization
    readonly_fields = ["money"]
    fields = ["status", "money", "decline_code", "network_reference", "sent_at", "concluded_at"]


class AuthenticationInline(ReadOnlyInline[Authentication, Payment]):
    model = Authentication
    fields = ["status", "trans_status", "eci", "has_value", "shift_claimed", "shift_conditions_met", "asked_at"]


class CaptureInline(_WithMoney, ReadOnlyInline[Capture, Payment]):
    model = Capture
    readonly_fields = ["money", "fee_money"]
    fields = ["status", "money", "points_minor", "fee_money", "by", "created_at", "settled_at"]

    @admin.display(description=_("fee"))
    def fee_money(self, capture: Capture) -> Money:
        return capture.fee


class RefundInline(_WithMoney, ReadOnlyInline[Refund, Payment]):
    model = Refund
    readonly_fields = ["money"]
    fields = ["status", "money", "points_minor", "reason", "decline_code", "by", "created_at", "decided_at"]


class AdviceInline(_WithMoney, ReadOnlyInline[Advice, Authorization]):
    model = Advice
    readonly_fields = ["money"]
    fields = ["kind", "status", "money", "attempts", "next_try_at", "response_code", "settled_at"]


@admin.register(Payment, site=staff_site)
class PaymentAdmin(ReadOnlyAdmin[Payment]):
    list_display = ["id", "merchant", "money", "points_minor", "status", "card_last4", "created_at"]
    list_filter = ["status", "capture_method"]
    list_select_related = ["merchant"]
    search_fields = ["=id", "=merchant_reference", "=customer_id", "=wallet_id"]
    ordering = ["-id"]
    fields = [
        "id", "status", "money", "points_minor", "merchant", "shop", "merchant_reference", "description",
        "capture_method", "history", "customer_id", "wallet_id", "card_id", "card_brand", "card_last4", "attempts",
        "version", "created_at", "expires_at", "capture_before", "return_url", "cancel_url", "items", "metadata",
    ]  # fmt: skip
    readonly_fields = ["id", "money", "history"]
    inlines = [AuthorizationInline, AuthenticationInline, CaptureInline, RefundInline]

    @admin.display(description=_("amount"))
    def money(self, payment: Payment) -> Money:
        return payment.amount

    @admin.display(description=_("what happened"))
    def history(self, payment: Payment) -> str:
        """Every change of the state, oldest first: when, to which, by which verb of whom."""
        lines = (
            (date_format(localtime(change.at), "Y-m-d H:i:s"), change.get_new_display(), change.verb, change.by)
            for change in payment.changes.order_by("version")
        )
        return format_html(
            '<ol class="history">{}</ol>',
            format_html_join("", "<li><time>{}</time> <b>{}</b> <code>{}</code> <code>{}</code></li>", lines),
        )


@admin.register(Authorization, site=staff_site)
class AuthorizationAdmin(ReadOnlyAdmin[Authorization]):
    list_display = [
        "id", "payment", "money", "status", "decline_code", "inquiries", "sent_at", "unknown_since", "next_inquiry_at",
    ]  # fmt: skip
    list_filter = [OpenOnly, "status"]
    search_fields = ["=id", "=payment__id", "=network_reference"]
    exclude = ["card_token", "card_check"]
    readonly_fields = ["id", "checked"]
    inlines = [AdviceInline]
    ordering = ["-id"]

    def get_urls(self) -> "list[URLPattern]":
        here = path("open/", self.admin_site.admin_view(self.open_cases), name="payments_authorization_open")
        return [here, *super().get_urls()]

    def open_cases(self, request: HttpRequest) -> HttpResponse:
        """What has not ended by itself, why, since when, and what happens next."""
        facts = {**self.admin_site.each_context(request), "title": _("What is open, and why"), "opts": self.opts}
        return render(request, "staff/open_cases.html", {**facts, "cases": open_cases(now=clock.now())})

    @admin.display(description=_("card check"))
    def checked(self, attempt: Authorization) -> str:
        """In codes, with all facts: staff read more than customer and shop."""
        lines = (
            (line.check, line.outcome, " ".join(f"{name}={value}" for name, value in line.facts.items()))
            for line in read_json(attempt.card_check)
        )
        rows = format_html_join("", "<li><b>{}</b> {} <code>{}</code></li>", lines)
        return format_html('<ul class="history">{}</ul>', rows)

    @admin.display(description=_("amount"))
    def money(self, attempt: Authorization) -> Money:
        return attempt.amount


@admin.register(Authentication, site=staff_site)
class AuthenticationAdmin(ReadOnlyAdmin[Authentication]):
    """What 3-D Secure said about each attempt. The authentication value is in the safe, and shown nowhere."""

    list_display = ["id", "payment", "money", "status", "trans_status", "eci", "shift_claimed", "shift_conditions_met"]
    list_filter = ["status", "trans_status", "mandated", "shift_claimed", "shift_conditions_met"]
    search_fields = ["=id", "=payment__id", "=authorization__id", "=server_trans_id", "=ds_trans_id"]
    readonly_fields = ["id"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, authentication: Authentication) -> Money:
        return authentication.amount


@admin.register(Approval, site=staff_site)
class ApprovalAdmin(ReadOnlyAdmin[Approval]):
    """The bytes of the proof are for the program that verifies it again, not for eyes."""

    list_display = ["id", "payment", "kind", "customer_id", "passkey_id", "approved_at"]
    list_filter = ["kind"]
    list_select_related = ["payment"]
    search_fields = ["=id", "=payment__id", "=customer_id"]
    fields = ["id", "payment", "customer_id", "passkey_id", "kind", "shown", "origin", "rp_id", "approved_at"]
    readonly_fields = ["id"]
    ordering = ["-id"]


@admin.register(Capture, site=staff_site)
class CaptureAdmin(ReadOnlyAdmin[Capture]):
    list_display = ["id", "payment", "money", "points_minor", "fee_minor", "status", "by", "created_at"]
    list_filter = ["status"]
    list_select_related = ["payment"]
    search_fields = ["=id", "=payment__id", "=entry_id"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, capture: Capture) -> Money:
        return capture.amount


@admin.register(Advice, site=staff_site)
class AdviceAdmin(ReadOnlyAdmin[Advice]):
    list_display = ["id", "authorization", "kind", "money", "status", "attempts", "next_try_at", "response_code"]
    list_filter = [DueOnly, "kind", "status"]
    search_fields = ["=id", "=authorization__id"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, advice: Advice) -> Money:
        return advice.amount


@admin.register(Grant, site=staff_site)
class GrantAdmin(ReadOnlyAdmin[Grant]):
    list_display = ["id", "merchant", "kind", "status", "ended_why", "each", "until", "card_last4", "created_at"]
    list_filter = ["status", "kind", "ended_why"]
    list_select_related = ["merchant"]
    search_fields = ["=id", "=merchant_reference", "=customer_id", "=wallet_id"]
    ordering = ["-id"]
    readonly_fields = ["id", "history"]
    fields = [
        "id", "status", "ended_why", "kind", "merchant", "shop", "merchant_reference", "description", "currency",
        "limit_per_payment_minor", "limit_per_period_minor", "period", "until", "used_minor", "period_began", "history",
        "customer_id", "wallet_id", "card_id", "card_brand", "card_last4", "first_network_reference", "version",
        "created_at", "expires_at", "approved_at", "ended_at", "return_url", "metadata",
    ]  # fmt: skip

    @admin.display(description=_("limit per payment"))
    def each(self, grant: Grant) -> Money:
        return grant.limit_per_payment

    @admin.display(description=_("what happened"))
    def history(self, grant: Grant) -> str:
        """Every change, oldest first: when, to which state, by which verb of whom."""
        lines = (
            (date_format(localtime(change.at), "Y-m-d H:i:s"), change.get_new_display(), change.verb, change.by)
            for change in grant.changes.order_by("version")
        )
        return format_html(
            '<ol class="history">{}</ol>',
            format_html_join("", "<li><time>{}</time> <b>{}</b> <code>{}</code> <code>{}</code></li>", lines),
        )


@admin.register(Refund, site=staff_site)
class RefundAdmin(ReadOnlyAdmin[Refund]):
    list_display = ["id", "payment", "money", "status", "decline_code", "inquiries", "created_at", "next_step_at"]
    list_filter = ["status", "reason"]
    search_fields = ["=id", "=payment__id"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, refund: Refund) -> Money:
        return refund.amount


class AwaitingOnly(OpenOnly):
    """What is not decided yet comes first; the rest on request."""

    title = _("not decided yet")
    parameter_name = "open"

    def queryset(self, _request: HttpRequest, rows: QuerySet[Dispute]) -> QuerySet[Dispute]:  # type: ignore[override]  # rows of another noun
        return rows.filter(status__in=OPEN_DISPUTES) if self.value() == "yes" else rows


class CaseAnswerInline(ReadOnlyInline[CaseAnswer, Dispute]):
    model = CaseAnswer
    fields = [
        "stage",
        "kind",
        "status",
        "facts",
        "digest",
        "attempts",
        "next_try_at",
        "response_code",
        "by",
        "created_at",
    ]


class EvidenceFileInline(ReadOnlyInline[EvidenceFile, Dispute]):
    model = EvidenceFile
    fields = ["name", "media_type", "size_bytes", "sha256", "by", "created_at"]


@admin.register(Dispute, site=staff_site)
class DisputeAdmin(ReadOnlyAdmin[Dispute]):
    """What the issuer decides comes over the link, and what the shop answers is the shop's. Where it cannot, staff
    answer or give in for it by its own verbs, with a reason that is kept.
    """

    list_display = ["id", "payment", "merchant", "money", "stage", "status", "reason", "respond_by", "origin"]
    list_filter = [AwaitingOnly, "status", "stage", "reason", "origin"]
    list_select_related = ["payment", "merchant"]
    search_fields = ["=id", "=payment__id", "=case_ref", "=payment__merchant_reference"]
    fields = [
        "id", "status", "stage", "money", "withheld_money", "fee_minor", "payment", "merchant", "origin", "reason",
        "reason_code", "case_ref", "words", "history", "opened_at", "respond_by", "closed_at", "closed_because",
        "reminders", "remind_at", "version", "for_the_shop",
    ]  # fmt: skip
    readonly_fields = ["id", "money", "withheld_money", "history", "for_the_shop"]
    inlines = [CaseAnswerInline, EvidenceFileInline]
    ordering = ["-id"]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self._answer))
        return [path("<path:object_id>/answer/", page, name="payments_dispute_answer"), *super().get_urls()]

    def _answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        here = {"opts": self.opts, "inbox": "staff:payments_dispute_changelist"}
        return staff_answers.answer(request, object_id, {**self.admin_site.each_context(request), **here})

    @admin.display(description=_("for the shop"))
    def for_the_shop(self, dispute: Dispute) -> str:
        if dispute.status not in OPEN_DISPUTES:
            return "—"
        giving_in = f"{reverse('staff:payments_disputeacceptance_propose')}?dispute={dispute.pk}"
        links = [
            (reverse("staff:payments_dispute_answer", args=[dispute.pk]), _("Answer for the shop")),
            (giving_in, _("Propose to give in for the shop")),
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description=_("amount"))
    def money(self, dispute: Dispute) -> Money:
        return dispute.amount

    @admin.display(description=_("withheld or lost"))
    def withheld_money(self, dispute: Dispute) -> Money:
        return dispute.withheld

    @admin.display(description=_("what happened"))
    def history(self, dispute: Dispute) -> str:
        """Every change of the state, oldest first: when, to which, by which verb of whom."""
        lines = (
            (date_format(localtime(change.at), "Y-m-d H:i:s"), change.get_new_display(), change.verb, change.by)
            for change in dispute.changes.order_by("version")
        )
        return format_html(
            '<ol class="history">{}</ol>',
            format_html_join("", "<li><time>{}</time> <b>{}</b> <code>{}</code> <code>{}</code></li>", lines),
        )


@admin.register(DisputeAcceptance, site=staff_site)
class DisputeAcceptanceAdmin(FourEyesAdmin[DisputeAcceptance]):
    """The shop's money is gone by it, so two people look."""

    propose_page, decide_page = staff_answers.propose_acceptance, staff_answers.decide_acceptance
    propose_words = ""  # from the dispute's own page
    list_display = ["dispute", "money", "status", "for_a_second_person", "proposed_by", "proposed_at", "id"]
    list_select_related = ["dispute"]
    search_fields = ["=id", "=dispute__id", "=proposed_by", "=decided_by"]
    readonly_fields = ["id", "money", "for_a_second_person"]
    fields = [
        "id", "status", "dispute", "money", "reason", "proposed_by", "proposed_at", "expires_at", "decided_by",
        "decided_at", "for_a_second_person",
    ]  # fmt: skip

    @admin.display(description=_("amount"))
    def money(self, acceptance: DisputeAcceptance) -> Money:
        return acceptance.amount


@admin.register(EvidenceFile, site=staff_site)
class EvidenceFileAdmin(ReadOnlyAdmin[EvidenceFile]):
    """The bytes leave as an attachment only, and who took them stands in the audit chain."""

    list_display = ["id", "dispute", "name", "media_type", "size_bytes", "by", "created_at", "bytes_of_it"]
    list_filter = ["media_type"]
    search_fields = ["=id", "=dispute__id", "=sha256"]
    fields = ["id", "dispute", "name", "media_type", "size_bytes", "sha256", "by", "created_at", "bytes_of_it"]
    readonly_fields = ["id", "bytes_of_it"]
    ordering = ["-id"]

    def get_urls(self) -> list[URLPattern]:
        one = path(
            "<path:object_id>/bytes/",
            self.admin_site.admin_view(require_safe(self.give_bytes)),
            name="payments_evidencefile_bytes",
        )
        return [one, *super().get_urls()]

    @admin.display(description=_("file"))
    def bytes_of_it(self, file: EvidenceFile) -> str:
        here = reverse("staff:payments_evidencefile_bytes", args=[file.pk])
        return format_html('<a href="{}" download>{}</a>', here, _("Download"))

    def give_bytes(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        file = evidence_file_by_id(object_id)
        by = Actor(str(request.user.pk))
        return evidence_answer(file, payments.read_evidence_file(file=file, by=by, now=clock.now()))


@admin.register(FraudReport, site=staff_site)
class FraudReportAdmin(ReadOnlyAdmin[FraudReport]):
    list_display = ["id", "payment", "merchant", "source", "money", "reported_at"]
    list_filter = ["source"]
    list_select_related = ["payment", "merchant"]
    search_fields = ["=id", "=payment__id", "=notice_ref"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, report: FraudReport) -> Money:
        return report.amount


@admin.register(Receipt, site=staff_site)
class ReceiptAdmin(ReadOnlyAdmin[Receipt]):
    """The signed statement itself is for the program that verifies it; whose wallet it is, support has to know."""

    list_display = ["id", "payment", "kind", "about_ref", "sequence", "issued_at"]
    list_filter = ["kind"]
    list_select_related = ["payment"]
    search_fields = ["=id", "=payment__id", "=about_ref", "=wallet_id"]
    exclude = ["jws"]
    ordering = ["-id"]
