"""A span of the past that is told again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from webhooks.models.endpoint import WebhookEndpoint


class WebhookReplay(models.Model):
    """`[since, until)` for one endpoint, walked page by page; `reached` is the event that was queued last."""

    id = PublicIdField("rpl", primary_key=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="replays", verbose_name=_("endpoint"))
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    only_missed = models.BooleanField(_("only what did not arrive"))
    asked_by = models.CharField(_("asked for by"), max_length=40)
    asked_at = models.DateTimeField(_("asked for at"))
    reached = models.CharField(max_length=40, blank=True, default="")
    queued = models.PositiveIntegerField(_("events queued"), default=0)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("redelivery of a time range"), _("redeliveries of time ranges")
        constraints = [
            models.CheckConstraint(name="webhook_replay_is_a_span", condition=models.Q(since__lt=models.F("until"))),
            models.UniqueConstraint(
                name="webhook_replay_one_at_a_time", fields=["endpoint"], condition=models.Q(done_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.endpoint_id}"
