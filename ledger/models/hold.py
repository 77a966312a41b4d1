from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money
from common.states import move_row
from ledger.models.account import LedgerAccount
from ledger.models.entry import Entry
from ledger.states import HOLD_TRANSITIONS, HoldStatus


class Hold(models.Model):
    """An amount set aside in a covered account: still posted, no longer available."""

    id = PublicIdField("hold", primary_key=True, editable=False)
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="holds", verbose_name=_("ledger account"))
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=8, choices=HoldStatus, default=HoldStatus.HELD)
    source_ref = models.CharField(_("reference"), max_length=80, unique=True)
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="+", verbose_name=_("entry"))
    held_at = models.DateTimeField(_("held at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("hold"), _("holds")
        constraints = [
            models.CheckConstraint(name="hold_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="hold_ends_once",
                condition=Q(status=HoldStatus.HELD, ended_at=None, entry=None)
                | Q(status=HoldStatus.POSTED, ended_at__isnull=False, entry__isnull=False)
                | Q(status=HoldStatus.RELEASED, ended_at__isnull=False, entry=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_ref} {self.amount}"

    @classmethod
    def locked(cls, hold_id: str) -> Self:
        """Its row first, the account's afterwards: the order in which `hold_funds` takes them too."""
        rows = cls.objects.select_for_update(of=("self",), no_key=True)
        return rows.select_related("account", "entry").get(pk=hold_id)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def move(self, verb: str, *, entry: Entry | None = None, now: datetime) -> None:
        """It ends once, whoever races."""
        move_row(self, HOLD_TRANSITIONS, verb, old=HoldStatus(self.status), entry=entry, ended_at=now)
