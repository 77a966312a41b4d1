"""Where a merchant listens."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from merchants.states import API_VERSION
from webhooks.secrets_at_rest import unseal_secret
from webhooks.states import DisabledWhy, EndpointStatus


class WebhookEndpoint(models.Model):
    """The secrets are sealed: a copy of the database alone cannot sign. `event_types` empty means all."""

    id = PublicIdField("whe", primary_key=True, editable=False)
    merchant = models.ForeignKey(
        "merchants.Merchant", models.PROTECT, related_name="webhook_endpoints", verbose_name=_("merchant")
    )
    url = models.CharField(_("address"), max_length=2_000)
    event_types = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, verbose_name=_("kinds of events")
    )
    status = models.CharField(_("status"), max_length=16, choices=EndpointStatus, default=EndpointStatus.ENABLED)
    sealed_secret = models.TextField()
    sealed_earlier_secret = models.TextField(blank=True)
    earlier_secret_until = models.DateTimeField(_("earlier secret signs until"), null=True, blank=True)
    sealed_private_key = models.TextField()
    public_key = models.CharField(_("public key"), max_length=64)
    api_version = models.CharField(_("API version"), max_length=10, default=API_VERSION)
    """The version in which its events are told: that of the request or the day that registered it."""
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    """The first failure since the last success; empty while it takes what it is told."""
    disabled_at = models.DateTimeField(_("disabled at"), null=True, blank=True)
    disabled_why = models.CharField(_("disabled because"), max_length=8, choices=DisabledWhy, blank=True, default="")
    created_at = models.DateTimeField(_("created at"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("webhook endpoint"), _("webhook endpoints")
        indexes = [models.Index(fields=["merchant", "id"], name="webhook_endpoint_of_merchant")]
        constraints = [
            models.CheckConstraint(
                name="webhook_earlier_secret_has_an_end",
                condition=models.Q(sealed_earlier_secret="") | models.Q(earlier_secret_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.url

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types

    def live_secrets(self, *, now: datetime) -> list[str]:
        """The secrets that sign now, newest first: two for a while after a roll."""
        sealed = [self.sealed_secret]
        if self.earlier_secret_until and now < self.earlier_secret_until:
            sealed.append(self.sealed_earlier_secret)
        return [unseal_secret(one) for one in sealed]

    def private_key(self) -> str:
        return unseal_secret(self.sealed_private_key)
