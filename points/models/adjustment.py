"""Points that staff give or take, to put something right."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts
from common.second_signature import SecondSignature


class PointsAdjustment(SecondSignature):
    """More than zero gives points that the commerce pays for; less than zero takes live ones."""

    PARAMETERS: ClassVar = ("wallet_id", "amount_minor")

    id = PublicIdField("adj", primary_key=True, editable=False)
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    amount_minor = models.BigIntegerField(_("points"))

    class Meta(SecondSignature.Meta):
        verbose_name, verbose_name_plural = _("adjustment of points"), _("adjustments of points")
        constraints = [
            *SecondSignature.Meta.constraints,
            models.CheckConstraint(name="adjustment_is_some", condition=~Q(amount_minor=0)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status} {self.amount_minor:+,}"

    @property
    def amount(self) -> Money:
        """Signed."""
        return pts(self.amount_minor)
