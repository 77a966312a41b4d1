"""Where a merchant sells, and where its customers return to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from merchants.models.merchant import Merchant


class Shop(models.Model):
    """One place where a merchant sells, as customers meet it: a name and a web origin."""

    id = PublicIdField("shp", primary_key=True, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="shops", verbose_name=_("merchant"))
    display_name = models.CharField(_("display name"), max_length=60)
    origin = models.CharField(_("origin"), max_length=300, unique=True)
    """Scheme, host and port; belongs to one shop of one merchant."""
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name, verbose_name_plural = _("shop"), _("shops")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.display_name


class ReturnUrl(models.Model):
    """An address that customers may be sent back to: without a query, compared letter by letter."""

    id = PublicIdField("ret", primary_key=True, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="return_urls", verbose_name=_("merchant"))
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="return_urls", verbose_name=_("shop"))
    url = models.CharField(_("address"), max_length=500)
    registered_at = models.DateTimeField(_("registered at"))

    class Meta:
        verbose_name, verbose_name_plural = _("return URL"), _("return URLs")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="return_url_once_per_merchant", fields=["merchant", "url"])]

    def __str__(self) -> str:
        return self.url
