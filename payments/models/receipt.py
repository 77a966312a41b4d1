"""Signed receipts, chained per wallet, and the list of those that are still to be written."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from payments.models.payment import ID_LENGTH, Payment
from payments.states import ReceiptKind


class Receipt(AppendOnlyModel):
    """One signed statement. `sequence` counts a wallet's receipts from 1 without a gap; it is not in the statement,
    so that a shop cannot count what its customers do elsewhere.
    """

    id = PublicIdField("rct", primary_key=True, editable=False)
    wallet_id = models.CharField(_("wallet"), max_length=ID_LENGTH)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="receipts", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=16, choices=ReceiptKind)
    about_ref = models.CharField(_("about"), max_length=ID_LENGTH)
    """The capture, refund or dispute that it states."""
    sequence = models.PositiveIntegerField(_("number in the wallet"))
    prev_hash = models.CharField(_("hash of the receipt before"), max_length=64, blank=True, default="")
    opening = models.CharField(_("opening of the chain"), max_length=43, blank=True, default="")
    """What shows that this one follows `prev_hash`: for its customer only. Empty for those of version 1."""
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    kid = models.CharField(_("key"), max_length=43)
    jws = models.TextField(_("signed statement"))
    issued_at = models.DateTimeField(_("issued at"))

    if TYPE_CHECKING:
        payment_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("receipt"), _("receipts")
        constraints = [
            models.UniqueConstraint(name="receipt_no_gap_no_fork", fields=["wallet_id", "sequence"]),
            models.UniqueConstraint(name="receipt_once", fields=["about_ref", "kind"]),
            models.CheckConstraint(
                name="receipt_first_has_none_before",
                condition=Q(sequence=1, prev_hash="") | Q(Q(sequence__gt=1) & ~Q(prev_hash="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} about {self.about_ref}"


class ReceiptDue(models.Model):
    """A receipt that is still to be signed. The row goes in the commit that keeps the receipt."""

    pk = models.CompositePrimaryKey("about_ref", "kind")
    about_ref = models.CharField(max_length=ID_LENGTH)
    kind = models.CharField(max_length=16, choices=ReceiptKind)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="+")
    wallet_id = models.CharField(max_length=ID_LENGTH)
    happened_at = models.DateTimeField()
    next_try_at = models.DateTimeField()

    if TYPE_CHECKING:
        payment_id: str

    class Meta:
        indexes = [models.Index(name="receipt_due", fields=["next_try_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_ref}"
