"""Which points of which lot a payment uses."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts
from common.states import move_row, next_state
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
    capture_id = models.CharField(_("capture"), max_length=40, blank=True, default="")
    """Which capture of the payment redeemed them; empty before that, and for those from before there were several."""
    refund_id = models.CharField(_("refund"), max_length=40, blank=True, default="")
    """Which refund gave them back."""
    at_merchant_id = models.CharField(_("spent at merchant"), max_length=40, blank=True)
    """Where they were redeemed."""
    held_at = models.DateTimeField(_("held at"))
    expires_at = models.DateTimeField(_("expires at"), null=True)
    """Of these points when they were held: a refund may give others of their lot grace meanwhile, and not them. Null
    for those from before this was kept; see `is_late`.
    """
    ended_at = models.DateTimeField(_("ended at"), null=True)
    """When they were redeemed or released."""

    class Meta:
        verbose_name, verbose_name_plural = _("use of a points lot"), _("uses of points lots")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="points_use_once", fields=["payment_id", "attempt", "lot", "capture_id", "refund_id"]
            ),
            models.CheckConstraint(name="points_use_amount_positive", condition=Q(amount_minor__gt=0)),
        ]
        indexes = [
            models.Index(name="points_use_held", fields=["wallet_id"], condition=Q(status=UseStatus.HELD)),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.amount} {self.get_status_display()}"

    def move(self, verb: str, *, now: datetime, **facts: str) -> None:
        move_row(self, USE_TRANSITIONS, verb, old=UseStatus(self.status), ended_at=now, **facts)

    def take(self, verb: str, amount: Money, *, now: datetime, **facts: str) -> None:
        """`verb` for as much of this use as `amount`, in a row of its own; the rest stays as it is. Call with the lot
        locked.
        """
        if amount == self.amount:
            self.move(verb, now=now, **facts)
            return
        part = PointsUse(
            wallet_id=self.wallet_id,
            payment_id=self.payment_id,
            lot=self.lot,
            attempt=self.attempt,
            amount_minor=amount.minor,
            status=next_state(USE_TRANSITIONS, UseStatus(self.status), verb),
            hold_id=self.hold_id,
            capture_id=self.capture_id,
            at_merchant_id=self.at_merchant_id,
            held_at=self.held_at,
            expires_at=self.expires_at,
            ended_at=now,
        )
        for name, value in facts.items():
            setattr(part, name, value)
        part.save(force_insert=True)
        self.amount_minor -= amount.minor
        PointsUse.objects.filter(pk=self.pk).update(amount_minor=self.amount_minor)

    def is_late(self, *, now: datetime) -> bool:
        """Whether the day of these points has passed. Half-open, as their lot's."""
        return (self.expires_at or self.lot.expires_at) <= now

    @property
    def amount(self) -> Money:
        return pts(self.amount_minor)
