"""Who keeps cards and points here, and the container that holds them."""

from django.conf import settings
from django.db import models

from common.ids import PublicIdField


class Customer(models.Model):
    id = PublicIdField("cus", primary_key=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="customer")
    display_name = models.CharField(max_length=80)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.display_name


class Wallet(models.Model):
    """Cards and points of one customer. It holds no stored money."""

    id = PublicIdField("wal", primary_key=True, editable=False)
    customer = models.OneToOneField(Customer, models.PROTECT, related_name="wallet")
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id
