"""What staff see of people. Nothing is changed by a form, and nobody's sign-in log is shown to others."""

from django.contrib import admin

from accounts.models import Card, CardStatusChange, CardTry, Customer, PaymentPasskey, User
from common.staff import ReadOnlyAdmin, staff_site


@admin.register(User, site=staff_site)
class UserAdmin(ReadOnlyAdmin[User]):
    list_display = ["id", "email", "language", "is_staff", "is_active", "joined_at", "last_login"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["=email"]
    fields = ["id", "email", "language", "is_staff", "is_active", "joined_at", "last_login"]
    ordering = ["-joined_at"]


@admin.register(Customer, site=staff_site)
class CustomerAdmin(ReadOnlyAdmin[Customer]):
    list_display = ["id", "display_name", "user", "wallet", "opened_at"]
    list_select_related = ["user", "wallet"]
    search_fields = ["display_name", "=user__email"]
    ordering = ["-opened_at"]


@admin.register(Card, site=staff_site)
class CardAdmin(ReadOnlyAdmin[Card]):
    """Without the token: it is for the safe's door only."""

    list_display = ["id", "brand", "last4", "status", "wallet", "added_at", "forgotten_at"]
    list_filter = ["status", "brand"]
    list_select_related = ["wallet"]
    fields = [
        "id",
        "wallet",
        "brand",
        "last4",
        "exp_month",
        "exp_year",
        "status",
        "is_default",
        "added_at",
        "forgotten_at",
    ]
    ordering = ["-added_at"]


@admin.register(CardStatusChange, site=staff_site)
class CardStatusChangeAdmin(ReadOnlyAdmin[CardStatusChange]):
    list_display = ["card", "old", "new", "reason", "by", "at"]
    list_select_related = ["card"]
    ordering = ["-at"]


@admin.register(CardTry, site=staff_site)
class CardTryAdmin(ReadOnlyAdmin[CardTry]):
    list_display = ["customer", "outcome", "at"]
    list_filter = ["outcome"]
    list_select_related = ["customer"]
    ordering = ["-at"]


@admin.register(PaymentPasskey, site=staff_site)
class PaymentPasskeyAdmin(ReadOnlyAdmin[PaymentPasskey]):
    list_display = ["id", "label", "customer", "spc", "software", "created_at", "last_used_at", "removed_at"]
    list_filter = ["spc", "software"]
    list_select_related = ["customer"]
    fields = [
        "id",
        "customer",
        "label",
        "spc",
        "software",
        "backup_eligible",
        "created_at",
        "last_used_at",
        "removed_at",
    ]
    ordering = ["-created_at"]
