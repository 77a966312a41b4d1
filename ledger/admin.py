from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.money import Money
from common.staff import ReadOnlyAdmin, ReadOnlyInline, staff_site
from ledger.models import Entry, Hold, LedgerAccount, Posting
from ledger.queries import posted_balance


@admin.register(LedgerAccount, site=staff_site)
class LedgerAccountAdmin(ReadOnlyAdmin[LedgerAccount]):
    list_display = ["id", "owner_ref", "kind", "currency", "covered", "opened_at", "closed_at"]
    list_filter = ["kind", "currency", "covered"]
    search_fields = ["=owner_ref"]
    fields = [
        "owner_ref", "kind", "currency", "normal_side", "posted_balance", "covered", "debits_posted", "credits_posted",
        "debits_pending", "opened_at", "closed_at",
    ]  # fmt: skip
    readonly_fields = ["posted_balance"]
    ordering = ["owner_ref", "kind"]

    @admin.display(description=_("posted balance"))
    def posted_balance(self, account: LedgerAccount) -> Money:
        return posted_balance(account.ref, account.currency)


class PostingInline(ReadOnlyInline[Posting, Entry]):
    model = Posting
    fields = ["debit_account", "credit_account", "money"]
    readonly_fields = ["money"]
    show_change_link = False

    @admin.display(description=_("amount"))
    def money(self, posting: Posting) -> Money:
        return posting.amount


@admin.register(Entry, site=staff_site)
class EntryAdmin(ReadOnlyAdmin[Entry]):
    list_display = ["id", "reason", "source_ref", "business_date", "posted_at"]
    list_filter = ["reason"]
    search_fields = ["=source_ref"]
    inlines = [PostingInline]
    ordering = ["-id"]


@admin.register(Hold, site=staff_site)
class HoldAdmin(ReadOnlyAdmin[Hold]):
    list_display = ["id", "account", "money", "status", "source_ref", "held_at", "ended_at"]
    list_filter = ["status"]
    list_select_related = ["account"]
    search_fields = ["=source_ref"]
    ordering = ["-id"]

    @admin.display(description=_("amount"))
    def money(self, hold: Hold) -> Money:
        return hold.amount
