"""What staff see of points. Nothing is changed by a form."""

from typing import TYPE_CHECKING, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.staff import ReadOnlyAdmin, ReadOnlyInline, staff_site
from common.staff_signatures import FourEyesAdmin
from points import staff_conversions, staff_signatures
from points.models import (
    Campaign,
    ConversionKey,
    ConversionPermit,
    ConversionsProposal,
    Earning,
    ExpiryNotice,
    Family,
    FamilyMember,
    FamilyMove,
    PointsAdjustment,
    PointsClearing,
    PointsClearingLine,
    PointsConversion,
    PointsConversionBatch,
    PointsGift,
    PointsLoan,
    PointsLot,
    PointsLotChange,
    PointsProgram,
    PointsUse,
    ProgramProposal,
    TierStanding,
)
from points.staff_reports import reports
from points.staff_versions import versions_table

if TYPE_CHECKING:
    from django.urls import URLPattern

_PERMITS: Final = "staff:points_conversionpermit_changelist"
_NEXT_LINE: Final = mark_safe("<br>")


@admin.register(PointsProgram, site=staff_site)
class PointsProgramAdmin(ReadOnlyAdmin[PointsProgram]):
    list_display = [
        "number",
        "effective_from",
        "changed_by",
        "earn_basis_points",
        "expiry_months",
        "return_window_days",
        "most_basis_points",
    ]
    ordering = ["-number"]


@admin.register(Earning, site=staff_site)
class EarningAdmin(ReadOnlyAdmin[Earning]):
    list_display = ["id", "capture_id", "wallet_id", "merchant_id", "base_minor", "captured_at"]
    search_fields = ["wallet_id", "payment_id", "capture_id"]


@admin.register(PointsLot, site=staff_site)
class PointsLotAdmin(ReadOnlyAdmin[PointsLot]):
    list_display = [
        "id",
        "wallet_id",
        "source",
        "merchant_id",
        "status",
        "earned_minor",
        "remaining_minor",
        "owed_minor",
        "expires_at",
    ]
    list_filter = ["status", "source"]
    search_fields = ["id", "wallet_id", "payment_id", "source_ref"]


@admin.register(PointsLotChange, site=staff_site)
class PointsLotChangeAdmin(ReadOnlyAdmin[PointsLotChange]):
    list_display = ["lot", "version", "change", "amount_minor", "status", "payment_id", "at"]
    list_filter = ["change"]
    list_select_related = ["lot"]
    search_fields = ["wallet_id", "payment_id"]


@admin.register(PointsUse, site=staff_site)
class PointsUseAdmin(ReadOnlyAdmin[PointsUse]):
    list_display = ["id", "payment_id", "lot", "amount_minor", "status", "at_merchant_id", "held_at"]
    list_filter = ["status"]
    list_select_related = ["lot"]
    search_fields = ["wallet_id", "payment_id"]


@admin.register(Campaign, site=staff_site)
class CampaignAdmin(ReadOnlyAdmin[Campaign]):
    list_display = ["id", "merchant_id", "name", "status", "kind", "used_minor", "budget_minor", "created_at"]
    list_filter = ["status", "kind"]
    search_fields = ["id", "merchant_id", "name"]
    readonly_fields = ["id", "versions"]

    @admin.display(description=_("Versions"))
    def versions(self, campaign: Campaign) -> str:
        """Who changed what, and when."""
        return versions_table(campaign)


@admin.register(PointsLoan, site=staff_site)
class PointsLoanAdmin(ReadOnlyAdmin[PointsLoan]):
    list_display = ["id", "lot", "lender", "amount_minor", "returned_minor", "made_at"]
    list_select_related = ["lot", "lender"]


@admin.register(TierStanding, site=staff_site)
class TierStandingAdmin(ReadOnlyAdmin[TierStanding]):
    list_display = ["wallet_id", "year", "tier", "spent_minor", "reviewed_at", "told_at"]
    list_filter = ["year", "tier"]
    search_fields = ["wallet_id"]


@admin.register(PointsGift, site=staff_site)
class PointsGiftAdmin(ReadOnlyAdmin[PointsGift]):
    list_display = ["id", "from_wallet_id", "to_wallet_id", "status", "amount_minor", "moved_minor", "sent_at"]
    list_filter = ["status"]
    search_fields = ["id", "from_wallet_id", "to_wallet_id", "pool_id"]
    exclude = ["message"]  # between two people


@admin.register(Family, site=staff_site)
class FamilyAdmin(ReadOnlyAdmin[Family]):
    list_display = ["id", "status", "started_at", "closed_at"]
    list_filter = ["status"]
    search_fields = ["id", "pool_id", "members__wallet_id"]


@admin.register(FamilyMember, site=staff_site)
class FamilyMemberAdmin(ReadOnlyAdmin[FamilyMember]):
    list_display = ["id", "family", "wallet_id", "status", "is_owner", "joined_at", "shares_since", "ended_at"]
    list_filter = ["status"]
    list_select_related = ["family"]
    search_fields = ["wallet_id", "email"]


@admin.register(FamilyMove, site=staff_site)
class FamilyMoveAdmin(ReadOnlyAdmin[FamilyMove]):
    list_display = ["id", "family", "member", "kind", "amount_minor", "by", "at"]
    list_filter = ["kind"]
    list_select_related = ["family", "member"]
    search_fields = ["family__pool_id", "member__wallet_id"]


class PointsClearingLineInline(ReadOnlyInline[PointsClearingLine, PointsClearing]):
    model = PointsClearingLine
    fields = ["kind", "counterparty_id", "amount_minor", "changes"]
    show_change_link = False


@admin.register(PointsClearing, site=staff_site)
class PointsClearingAdmin(ReadOnlyAdmin[PointsClearing]):
    list_display = ["id", "month", "party", "opening_minor", "closing_minor", "net_minor", "cut_at"]
    list_filter = ["month"]
    search_fields = ["=id", "=merchant_id"]
    inlines = [PointsClearingLineInline]

    def get_urls(self) -> "list[URLPattern]":
        here = path("reports/", self.admin_site.admin_view(self.reports), name="points_reports_open")
        return [here, *super().get_urls()]

    def reports(self, request: HttpRequest) -> HttpResponse:
        """What is owed, what nobody came for, how old it is; beside what the books say."""
        return reports(request, {**self.admin_site.each_context(request), "opts": self.opts})


@admin.register(PointsAdjustment, site=staff_site)
class PointsAdjustmentAdmin(FourEyesAdmin[PointsAdjustment]):
    propose_page, decide_page = staff_signatures.propose_adjustment, staff_signatures.decide_adjustment
    propose_words = _("Propose an adjustment")
    list_display = ["points", "status", "for_a_second_person", "wallet_id", "proposed_by", "proposed_at", "id"]
    search_fields = ["=id", "=wallet_id", "=proposed_by", "=decided_by"]
    readonly_fields = ["id", "points", "for_a_second_person"]
    fields = [
        "id", "status", "wallet_id", "points", "reason", "proposed_by", "proposed_at", "expires_at", "decided_by",
        "decided_at", "for_a_second_person",
    ]  # fmt: skip

    @admin.display(description=_("points"), ordering="amount_minor")
    def points(self, adjustment: PointsAdjustment) -> str:
        return f"{adjustment.amount_minor:+,}"


@admin.register(ProgramProposal, site=staff_site)
class ProgramProposalAdmin(FourEyesAdmin[ProgramProposal]):
    propose_page, decide_page = staff_signatures.propose_program, staff_signatures.decide_program
    propose_words = _("Propose a change of the program")
    list_display = ["what", "status", "for_a_second_person", "effective_from", "proposed_by", "proposed_at", "id"]
    search_fields = ["=id", "=proposed_by", "=decided_by"]
    readonly_fields = ["id", "what", "for_a_second_person"]
    fields = [
        "id", "status", "what", "effective_from", "base_number", "reason", "proposed_by", "proposed_at", "expires_at",
        "decided_by", "decided_at", "for_a_second_person",
    ]  # fmt: skip

    @admin.display(description=_("what changes"))
    def what(self, proposal: ProgramProposal) -> str:
        lines = staff_signatures.lines_of(proposal)
        return format_html_join(_NEXT_LINE, "{}: {} → <b>{}</b>", lines)


@admin.register(ExpiryNotice, site=staff_site)
class ExpiryNoticeAdmin(ReadOnlyAdmin[ExpiryNotice]):
    list_display = ["wallet_id", "amount_minor", "expires_at", "days_before", "told_at"]
    list_filter = ["days_before"]
    search_fields = ["=wallet_id"]


@admin.register(ConversionPermit, site=staff_site)
class ConversionPermitAdmin(ReadOnlyAdmin[ConversionPermit]):
    list_display = ["merchant_id", "is_open", "most_each_minor", "most_per_month_minor", "reason", "changed_by"]
    search_fields = ["=merchant_id"]
    readonly_fields = ["id", "acts", "stands"]

    def get_urls(self) -> "list[URLPattern]":
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self._stop))
        return [path("<path:object_id>/stop/", view, name="points_conversionpermit_stop"), *super().get_urls()]

    def _stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facts = {**self.admin_site.each_context(request), "opts": self.opts, "inbox": _PERMITS}
        return staff_conversions.stop(request, object_id, facts)

    @admin.display(description=_("what staff can do"))
    def acts(self, permit: ConversionPermit) -> str:
        proposing = reverse("staff:points_conversionsproposal_propose")
        links = [(f"{proposing}?merchant={permit.merchant_id}", _("Propose other limits"))]
        if permit.is_open:
            links.append((reverse("staff:points_conversionpermit_stop", args=[permit.pk]), _("Stop it")))
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description=_("what stands"))
    def stands(self, permit: ConversionPermit) -> str:
        """What is left of this month, the keys that were seen, and what became of each batch."""
        return staff_conversions.standing_of(permit.merchant_id)


@admin.register(ConversionsProposal, site=staff_site)
class ConversionsProposalAdmin(FourEyesAdmin[ConversionsProposal]):
    propose_page, decide_page = staff_conversions.propose_permit, staff_conversions.decide_permit
    propose_words = _("Propose to allow conversions")
    list_display = [
        "merchant_id", "status", "for_a_second_person", "most_each_minor", "most_per_month_minor", "proposed_by", "id",
    ]  # fmt: skip
    search_fields = ["=id", "=merchant_id", "=proposed_by", "=decided_by"]
    readonly_fields = ["id", "for_a_second_person"]
    fields = [
        "id", "status", "merchant_id", "most_each_minor", "most_per_month_minor", "reason", "proposed_by",
        "proposed_at", "expires_at", "decided_by", "decided_at", "for_a_second_person",
    ]  # fmt: skip


@admin.register(ConversionKey, site=staff_site)
class ConversionKeyAdmin(ReadOnlyAdmin[ConversionKey]):
    list_display = ["id", "merchant_id", "label", "public_key", "registered_by", "registered_at", "revoked_at"]
    search_fields = ["=merchant_id", "=id"]


@admin.register(PointsConversionBatch, site=staff_site)
class PointsConversionBatchAdmin(ReadOnlyAdmin[PointsConversionBatch]):
    list_display = ["id", "merchant_id", "count", "points_minor", "created_by", "created_at", "ends_at"]
    search_fields = ["=merchant_id", "=id", "=pool_id"]


@admin.register(PointsConversion, site=staff_site)
class PointsConversionAdmin(ReadOnlyAdmin[PointsConversion]):
    list_display = ["id", "merchant_id", "source_id", "email", "points_minor", "status", "wallet_id", "created_at"]
    list_filter = ["status"]
    search_fields = ["=merchant_id", "=source_id", "=email", "=wallet_id"]
