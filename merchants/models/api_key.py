"""A merchant's credential. What opens doors is shown once and kept nowhere; the table holds its HMAC."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from merchants.models.merchant import Merchant
from merchants.states import API_VERSION, Scope


class ApiKey(models.Model):
    id = PublicIdField("key", primary_key=True, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="api_keys", verbose_name=_("merchant"))
    label = models.CharField(_("label"), max_length=60)
    prefix = models.CharField(_("begins with"), max_length=40)
    """The text up to the secret part: what a list may show."""
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), verbose_name=_("scopes"))
    api_version = models.CharField(_("API version"), max_length=10, default=API_VERSION)
    """The behaviour that a request without `VaultPay-Version` gets."""
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"), null=True)
    """Half-open: at this instant the key is dead already."""
    last_used_at = models.DateTimeField(_("last used at"), null=True)
    """To the minute, not to the request."""
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    rolled_to = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="rolled_from", verbose_name=_("replaced by")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("API key"), _("API keys")
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="api_key_has_scopes", condition=Q(scopes__len__gte=1))]

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"

    def is_live(self, *, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
