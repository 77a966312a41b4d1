"""What staff see of points. Nothing is changed by a form."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from common.staff import ReadOnlyAdmin, ReadOnlyInline, staff_site
from points.models import (
    Campaign,
    Earning,
    Family,
    FamilyMember,
    FamilyMove,
    PointsClearing,
    PointsClearingLine,
    PointsGift,
    PointsLoan,
    PointsLot,
    PointsLotChange,
    PointsProgram,
    PointsUse,
    TierStanding,
)
from points.staff_reports import reports

if TYPE_CHECKING:
    from django.urls import URLPattern


@admin.register(PointsProgram, site=staff_site)
class PointsProgramAdmin(ReadOnlyAdmin[PointsProgram]):
    list_display = [
        "number",
        "effective_from",
        "changed_by",
        "earn_basis_points",
        "expiry_months",
        "return_window_days",
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
