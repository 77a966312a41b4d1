"""Which points of which lot a payment uses."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts
from common.states import move_row
from points.models.lot import PointsLot
from points.states import USE_TRANSITIONS, UseStatus


class PointsUse(models.Model):
    id = PublicIdField("use", primary_key=True, editable=False)
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    payment_id = PublicIdField("pay", verbose_name=_("payment"))
    lot = models.ForeignKey(PointsLot, models.PROTECT, related_name="uses", verbose_name=_("lot"))
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    """A payment whose card was declined may hold points again; each time counts one up, from 1."""
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    status = models.CharField(_("status"), max_length=10, choices=UseStatus, default=UseStatus.HELD)
    hold_id = PublicIdField("hold", verbose_name=_("hold"))
    """The hold in the books; one for all uses of an attempt."""
    at_merchant_id = models.CharField(_("spent at merchant"), max_length=40, blank=True)
    """Where they were redeemed."""
    held_at = models.DateTimeField(_("held at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    """When they were redeemed or released."""

    class Meta:
        verbose_name, verbose_name_plural = _("use of a points lot"), _("uses of points lots")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="points_use_once_per_attempt", fields=["payment_id", "attempt", "lot"]),
            models.CheckConstraint(name="points_use_amount_positive", condition=Q(amount_minor__gt=0)),
        ]
        indexes = [
            models.Index(name="points_use_held", fields=["wallet_id"], condition=Q(status=UseStatus.HELD)),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.amount} {self.get_status_display()}"

    def move(self, verb: str, *, at_merchant_id: str = "", now: datetime) -> None:
        at = at_merchant_id or self.at_merchant_id
        move_row(self, USE_TRANSITIONS, verb, old=UseStatus(self.status), at_merchant_id=at, ended_at=now)

    @property
    def amount(self) -> Money:
        return pts(self.amount_minor)
