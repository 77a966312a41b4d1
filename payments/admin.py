"""What staff may look at. Nothing here is changed by hand."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.money import Money
from common.staff import ReadOnlyAdmin, staff_site
from payments.models import Advice, Authorization, Payment, Refund
from payments.states import AdviceStatus, AuthorizationStatus

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


@admin.register(Payment, site=staff_site)
class PaymentAdmin(ReadOnlyAdmin[Payment]):
    list_display = ["id", "merchant", "money", "points_minor", "status", "card_last4", "created_at"]
    list_filter = ["status", "capture_method"]
    list_select_related = ["merchant"]
    search_fields = ["=id", "=merchant_reference", "=customer_id", "=wallet_id"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, payment: Payment) -> Money:
        return payment.amount


@admin.register(Authorization, site=staff_site)
class AuthorizationAdmin(ReadOnlyAdmin[Authorization]):
    list_display = [
        "id", "payment", "money", "status", "decline_code", "inquiries", "sent_at", "unknown_since", "next_inquiry_at",
    ]  # fmt: skip
    list_filter = [OpenOnly, "status"]
    search_fields = ["=id", "=payment__id", "=network_reference"]
    exclude = ["card_token"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, attempt: Authorization) -> Money:
        return attempt.amount


@admin.register(Advice, site=staff_site)
class AdviceAdmin(ReadOnlyAdmin[Advice]):
    list_display = ["id", "authorization", "kind", "money", "status", "attempts", "next_try_at", "response_code"]
    list_filter = [DueOnly, "kind", "status"]
    search_fields = ["=id", "=authorization__id"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, advice: Advice) -> Money:
        return advice.amount


@admin.register(Refund, site=staff_site)
class RefundAdmin(ReadOnlyAdmin[Refund]):
    list_display = ["id", "payment", "money", "status", "decline_code", "inquiries", "created_at", "next_step_at"]
    list_filter = ["status", "reason"]
    search_fields = ["=id", "=payment__id"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, refund: Refund) -> Money:
        return refund.amount
