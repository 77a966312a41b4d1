"""A capture as this room heard of it: what earning and taking back are about."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts, yen


class Earning(models.Model):
    """One row per capture, also for one that earned nothing, and for one of which only a refund was heard so far.

    Whoever earns or takes back locks it first, so the two wait for each other whichever comes first.
    """

    id = PublicIdField("ern", primary_key=True, editable=False)
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    capture_id = models.CharField(_("capture"), max_length=40, unique=True)
    payment_id = PublicIdField("pay", verbose_name=_("payment"))
    merchant_id = PublicIdField("mer", verbose_name=_("merchant"))
    base_minor = models.BigIntegerField(_("earning base"), default=0)
    """The money part of this capture, in yen: what was paid with points earns none."""
    base_before_minor = models.BigIntegerField(_("earning base of earlier captures"), default=0)
    """The money part of the same payment's captures before this one: parts are rounded once over all of them."""
    items = models.JSONField(_("items"), default=list, blank=True)
    """What was bought with the whole payment: `name`, `sku`, `category`, `amount_minor` each."""
    captured_at = models.DateTimeField(_("captured at"), null=True)
    heard_at = models.DateTimeField(_("heard at"), null=True)
    """Empty while only a refund of it was heard."""

    class Meta:
        verbose_name, verbose_name_plural = _("capture that earned"), _("captures that earned")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="points_earning_base", condition=Q(base_minor__gte=0, base_before_minor__gte=0)
            ),
            models.CheckConstraint(
                name="points_earning_heard_has_time", condition=Q(heard_at__isnull=True) | Q(captured_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="points_earning_at_shop", fields=["merchant_id", "captured_at"]),
            models.Index(name="points_earning_of_wallet", fields=["wallet_id", "captured_at"]),
            models.Index(name="points_earning_of_payment", fields=["payment_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.capture_id} {self.base}"

    @classmethod
    def locked(cls, capture_id: str) -> Self:
        return cls.objects.select_for_update(no_key=True).get(capture_id=capture_id)

    @property
    def base(self) -> Money:
        return yen(self.base_minor)

    @property
    def base_before(self) -> Money:
        return yen(self.base_before_minor)

    def at_rate(self, basis_points: int) -> Money:
        """What a rate gives for this capture: rounded down once over all captures of its payment."""
        upto, before = (
            base.basis_points_floored(basis_points) for base in (self.base_before + self.base, self.base_before)
        )
        return pts((upto - before).minor)
