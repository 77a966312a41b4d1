"""What a capture and the refund of it have in common: an amount in two parts, a fee, and their entries in the books."""

from django.db import models

from common.money import Money
from payments.models.payment import ID_LENGTH


class Booked(models.Model):
    """`amount` = card part + points part. The fee is kept, so that a refund returns exactly it."""

    amount_minor = models.BigIntegerField()
    points_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    entry_id = models.CharField(max_length=ID_LENGTH)
    fee_entry_id = models.CharField(max_length=ID_LENGTH, blank=True, default="")
    by = models.CharField(max_length=ID_LENGTH)

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
