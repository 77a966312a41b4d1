"""What is to be told to an endpoint, and every attempt to tell it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from merchants.states import API_VERSION
from webhooks.models.endpoint import WebhookEndpoint
from webhooks.states import TellingStatus


class WebhookTelling(models.Model):
    """One event on its way to one endpoint. `body` is what goes over the wire, the same bytes on every attempt."""

    id = PublicIdField("tel", primary_key=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="tellings", verbose_name=_("endpoint"))
    event_id = models.CharField(_("event"), max_length=40)
    event_type = models.CharField(_("kind of event"), max_length=64)
    body = models.BinaryField()
    api_version = models.CharField(_("API version"), max_length=10, default=API_VERSION)
    """That of the body: the endpoint may have moved on before the next attempt."""
    status = models.CharField(_("status"), max_length=16, choices=TellingStatus, default=TellingStatus.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    """Since it was last queued: a redelivery begins the schedule again."""
    not_before = models.DateTimeField(_("not before"))
    """When the next attempt is due; while one is being made, when its lease ends."""
    queued_at = models.DateTimeField(_("queued at"))

    class Meta:
        verbose_name, verbose_name_plural = _("webhook"), _("webhooks")
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_event_once_per_endpoint")]
        indexes = [
            models.Index(
                fields=["not_before"], condition=models.Q(status=TellingStatus.DUE), name="webhook_telling_due"
            ),
            models.Index(
                fields=["endpoint", "not_before"],
                condition=models.Q(status=TellingStatus.DUE),
                name="webhook_telling_due_there",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_telling_of_endpoint"),
            models.Index(fields=["event_id"], name="webhook_telling_of_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.get_status_display()}"


class Delivery(AppendOnlyModel):
    """One attempt. `status_code` is empty when nothing answered; `problem` says why then."""

    id = PublicIdField("dlv", primary_key=True, editable=False)
    telling = models.ForeignKey(WebhookTelling, models.PROTECT, related_name="deliveries", verbose_name=_("webhook"))
    at = models.DateTimeField(_("tried at"))
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    status_code = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    problem = models.CharField(_("problem"), max_length=64, blank=True)
    answer = models.CharField(_("answer"), max_length=1_000, blank=True)
    """The beginning of what the endpoint said, for its developer to read."""

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        indexes = [models.Index(fields=["telling", "id"], name="webhook_delivery_of_telling")]

    def __str__(self) -> str:
        return f"{self.telling_id} {self.status_code or self.problem}"

    @property
    def succeeded(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300
