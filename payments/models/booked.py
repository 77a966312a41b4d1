"""What a capture and the refund of it have in common: an amount in two parts, a fee, and their entries in the books."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.money import Money, pts
from payments.models.payment import ID_LENGTH


class Booked(models.Model):
    """`amount` = card part + points part. The fee is kept, so that refunds return exactly it."""

    amount_minor = models.BigIntegerField(_("amount in minor units"))
    points_minor = models.BigIntegerField(_("points"))
    fee_minor = models.BigIntegerField(_("fee in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    entry_id = models.CharField(_("entry"), max_length=ID_LENGTH, blank=True, default="")
    """Of the card's part; empty when points paid all of it."""
    fee_entry_id = models.CharField(_("entry of the fee"), max_length=ID_LENGTH, blank=True, default="")
    by = models.CharField(_("done by"), max_length=ID_LENGTH)

    class Meta:
        abstract = True

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def card_part(self) -> Money:
        return Money(self.amount_minor - self.points_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def points(self) -> Money:
        return pts(self.points_minor)
