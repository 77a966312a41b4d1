"""What staff see of merchants. Nothing is changed by a form."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from common.staff import ReadOnlyAdmin, staff_site
from merchants.models import ApiKey, ApiRequest, Member, Merchant, MerchantStatusChange, ReturnUrl, Shop
from merchants.states import MerchantStatus


@admin.register(Merchant, site=staff_site)
class MerchantAdmin(ReadOnlyAdmin[Merchant]):
    list_display = ["id", "display_name", "legal_name", "status", "category_code", "city", "admitted_at"]
    list_filter = ["status"]
    search_fields = ["display_name", "legal_name"]
    readonly_fields = ["id", "acts"]

    @admin.display(description=_("what staff can do"))
    def acts(self, merchant: Merchant) -> str:
        """Each leads to a page that says what would happen, and asks for a second person."""
        if merchant.status not in {MerchantStatus.ADMITTED, MerchantStatus.SUSPENDED}:
            return "—"
        pages = (
            ("staff:points_conversionsproposal_propose", _("Allow conversions of its old points")),
            ("staff:merchants_departure_propose", _("Let it leave")),
        )
        links = ((f"{reverse(page)}?merchant={merchant.pk}", words) for page, words in pages)
        return format_html_join(" · ", '<a href="{}">{}</a>', links)


@admin.register(ApiRequest, site=staff_site)
class ApiRequestAdmin(ReadOnlyAdmin[ApiRequest]):
    list_display = ["id", "at", "merchant_id", "method", "path", "status", "code"]
    search_fields = ["=id", "=subject", "=idempotency_key"]
    show_full_result_count = False


@admin.register(MerchantStatusChange, site=staff_site)
class MerchantStatusChangeAdmin(ReadOnlyAdmin[MerchantStatusChange]):
    list_display = ["merchant", "old", "new", "reason", "by", "at"]
    list_select_related = ["merchant"]


@admin.register(Shop, site=staff_site)
class ShopAdmin(ReadOnlyAdmin[Shop]):
    list_display = ["id", "display_name", "origin", "merchant", "created_at"]
    list_select_related = ["merchant"]
    search_fields = ["display_name", "origin"]


@admin.register(ReturnUrl, site=staff_site)
class ReturnUrlAdmin(ReadOnlyAdmin[ReturnUrl]):
    list_display = ["id", "url", "shop", "registered_at"]
    list_select_related = ["shop"]
    search_fields = ["url"]


@admin.register(Member, site=staff_site)
class MemberAdmin(ReadOnlyAdmin[Member]):
    list_display = ["id", "email", "merchant", "role", "status", "joined_at"]
    list_filter = ["role", "status"]
    list_select_related = ["merchant"]
    search_fields = ["email"]


@admin.register(ApiKey, site=staff_site)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    list_display = ["prefix", "label", "merchant", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["merchant"]
    search_fields = ["prefix", "label"]
