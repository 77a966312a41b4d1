"""Limits within which a merchant's old points may be taken over, waiting for a second person."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts
from common.second_signature import SecondSignature


class ConversionsProposal(SecondSignature):
    """Each point within the limits is spendable anywhere as soon as the shop asks for it, and its debt of a yen."""

    PARAMETERS: ClassVar = ("merchant_id", "most_each_minor", "most_per_month_minor")

    id = PublicIdField("cvr", primary_key=True, editable=False)
    merchant_id = PublicIdField("mer", verbose_name=_("merchant"))
    most_each_minor = models.PositiveIntegerField(_("most points of one conversion"))
    most_per_month_minor = models.PositiveBigIntegerField(_("most points in a month"))

    class Meta(SecondSignature.Meta):
        verbose_name, verbose_name_plural = _("permit to convert old points"), _("permits to convert old points")
        constraints = [
            *SecondSignature.Meta.constraints,
            models.CheckConstraint(
                name="conversions_proposal_limits",
                condition=Q(most_each_minor__gte=1, most_per_month_minor__gte=F("most_each_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status} {self.merchant_id}"

    # Properties

    @property
    def most_each(self) -> Money:
        return pts(self.most_each_minor)

    @property
    def most_per_month(self) -> Money:
        return pts(self.most_per_month_minor)
