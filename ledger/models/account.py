from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money
from common.transaction_ids import TransactionIdField
from ledger.states import AccountKind, Side
from ledger.types import AccountRef


class LedgerAccount(models.Model):
    """A line in the books. What it is never changes; only covered accounts keep counters, and these only grow."""

    id = PublicIdField("acc", primary_key=True, editable=False)
    owner_ref = models.CharField(_("owner"), max_length=40)
    kind = models.CharField(_("kind"), max_length=30, choices=AccountKind)
    currency = models.CharField(_("currency"), max_length=3)
    normal_side = models.CharField(_("normal side"), max_length=6, choices=Side)
    covered = models.BooleanField(_("covered"))
    debits_posted = models.BigIntegerField(_("debits posted"), default=0)
    credits_posted = models.BigIntegerField(_("credits posted"), default=0)
    debits_pending = models.BigIntegerField(_("debits held"), default=0)
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("ledger account"), _("ledger accounts")
        constraints = [
            models.UniqueConstraint(name="ledger_account_once", fields=["owner_ref", "kind", "currency"]),
            models.CheckConstraint(
                name="ledger_account_covered",
                condition=Q(covered=False)
                | Q(normal_side=Side.CREDIT, credits_posted__gte=F("debits_posted") + F("debits_pending")),
            ),
            models.CheckConstraint(
                name="ledger_account_counters",
                condition=Q(debits_posted__gte=0, credits_posted__gte=0, debits_pending__gte=0)
                & (Q(covered=True) | Q(debits_posted=0, credits_posted=0, debits_pending=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_ref} {self.kind} {self.currency}"

    @property
    def ref(self) -> AccountRef:
        return AccountRef(self.owner_ref, AccountKind(self.kind))

    @property
    def available(self) -> Money:
        """What a covered account has left. Other accounts keep no counters: ask `ledger.queries`."""
        return Money(self.credits_posted - self.debits_posted - self.debits_pending, self.currency)


class BalanceRollup(models.Model):
    """The sums of one account's postings by transactions before `upto`. What came later is the tail."""

    account = models.OneToOneField(
        LedgerAccount, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("ledger account")
    )
    debits = models.BigIntegerField()
    credits = models.BigIntegerField()
    upto = TransactionIdField()
    rolled_up_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("rolled-up balance"), _("rolled-up balances")
        indexes = [models.Index(name="balance_rollup_upto", fields=["upto"])]

    def __str__(self) -> str:
        return str(self.account_id)
