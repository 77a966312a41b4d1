from django.db import models
from django.db.models import F, Q

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
    reason = models.CharField(max_length=30, choices=Reason)
    source_ref = models.CharField(max_length=80)
    counter_of = models.OneToOneField("self", models.PROTECT, null=True, related_name="countered_by")
    business_date = models.DateField()
    posted_at = models.DateTimeField()

    class Meta:
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
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="postings")
    debit_account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    credit_account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    written_in = TransactionIdField()

    class Meta:
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
