"""Who keeps cards and points here, and the container that holds them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField


class Customer(models.Model):
    id = PublicIdField("cus", primary_key=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="customer", verbose_name=_("sign-in")
    )
    display_name = models.CharField(_("display name"), max_length=80)
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name, verbose_name_plural = _("customer"), _("customers")

    def __str__(self) -> str:
        return self.display_name


class Wallet(models.Model):
    """Cards and points of one customer. It holds no stored money."""

    id = PublicIdField("wal", primary_key=True, editable=False)
    customer = models.OneToOneField(Customer, models.PROTECT, related_name="wallet", verbose_name=_("customer"))
    opened_at = models.DateTimeField(_("opened at"))

    class Meta:
        verbose_name, verbose_name_plural = _("wallet"), _("wallets")

    def __str__(self) -> str:
        return self.id
