from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money
from common.transaction_ids import TransactionIdField
from ledger.models.account import LedgerAccount
from ledger.states import Reason
from ledger.types import Line


class Entry(AppendOnlyModel):
    """One event in the books: postings that stand together."""

    id = PublicIdField("ent", primary_key=True, editable=False)
    reason = models.CharField(_("reason"), max_length=30, choices=Reason)
    source_ref = models.CharField(_("reference"), max_length=80)
    counter_of = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="countered_by", verbose_name=_("counter-entry of")
    )
    business_date = models.DateField(_("business date"))
    posted_at = models.DateTimeField(_("posted at"))

    class Meta:
        verbose_name, verbose_name_plural = _("entry"), _("entries")
        constraints = [models.UniqueConstraint(name="entry_once", fields=["source_ref", "reason"])]

    def __str__(self) -> str:
        return f"{self.reason} {self.source_ref}"

    @property
    def lines(self) -> list[Line]:
        postings = Posting.objects.filter(entry=self).select_related("debit_account", "credit_account").order_by("id")
        return [posting.line for posting in postings]


class Posting(AppendOnlyModel):
    """One debit account, one credit account, one positive amount."""

    id = PublicIdField("pst", primary_key=True, editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="postings", verbose_name=_("entry"))
    # No constraint of the database: it would lock the row of an account that everybody posts to, in every commit. The
    # trigger that looks at each posting refuses an account that is not there, and accounts are never deleted.
    debit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("debit")
    )
    credit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("credit")
    )
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    written_in = TransactionIdField()

    class Meta:
        verbose_name, verbose_name_plural = _("posting"), _("postings")
        constraints = [
            models.CheckConstraint(name="posting_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="posting_has_two_sides", condition=~Q(debit_account=F("credit_account"))),
        ]
        indexes = [
            models.Index(name="posting_debits", fields=["debit_account", "written_in"], include=["amount_minor"]),
            models.Index(name="posting_credits", fields=["credit_account", "written_in"], include=["amount_minor"]),
            models.Index(name="posting_written_in", fields=["written_in"]),
        ]

    def __str__(self) -> str:
        return str(self.amount)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def line(self) -> Line:
        return Line(debit=self.debit_account.ref, credit=self.credit_account.ref, amount=self.amount)
