"""Staff give in to a dispute in a shop's name: its money is gone by that, so it waits for a second person."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money
from common.second_signature import SecondSignature
from payments.models.dispute import Dispute


class DisputeAcceptance(SecondSignature):
    """About a dispute as it was when somebody proposed it: when it has moved since, nothing is signed."""

    PARAMETERS: ClassVar = ("dispute_id", "dispute_version", "amount_minor", "currency")

    id = PublicIdField("dac", primary_key=True, editable=False)
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="acceptances", verbose_name=_("dispute"))
    dispute_version = models.PositiveIntegerField(_("version"))
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    """What the customer keeps by it."""
    currency = models.CharField(_("currency"), max_length=3)

    class Meta(SecondSignature.Meta):
        verbose_name, verbose_name_plural = _("acceptance for a shop"), _("acceptances for shops")

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    # Properties

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
