"""The end of a merchant's contract, waiting for a second person."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.second_signature import SecondSignature
from common.states import SignatureStatus
from merchants.models.merchant import Merchant


class Departure(SecondSignature):
    """There is no way back from it, so two people look at what will happen. One waits for a merchant at a time."""

    PARAMETERS: ClassVar = ("merchant_id",)

    id = PublicIdField("dpt", primary_key=True, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="departures", verbose_name=_("merchant"))

    class Meta(SecondSignature.Meta):
        verbose_name, verbose_name_plural = _("departure of a merchant"), _("departures of merchants")
        constraints = [
            *SecondSignature.Meta.constraints,
            models.UniqueConstraint(
                name="departure_waits_once", fields=["merchant"], condition=Q(status=SignatureStatus.PROPOSED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"
