"""One request of a merchant's server, for its developers to find again. Added to, and forgotten after some weeks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField


class ApiRequest(models.Model):
    """Written after the answer has gone, by the page: no ForeignKey, so that nobody waits for a lock.

    `asked` and `answered` hold only members that are known to be harmless. The database refuses every change.
    """

    id = PublicIdField("req", primary_key=True, editable=False)
    """What the answer said in `Request-Id`."""
    merchant_id = PublicIdField("mer", verbose_name=_("merchant"))
    key_id = PublicIdField("key", verbose_name=_("API key"))
    at = models.DateTimeField(_("at"))
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("address"), max_length=200)
    status = models.PositiveSmallIntegerField(_("HTTP status"))
    code = models.CharField(_("error code"), max_length=64, blank=True)
    subject = models.CharField(_("subject"), max_length=40, blank=True)
    """The id of what was answered about, if it was one thing."""
    idempotency_key = models.CharField(_("Idempotency-Key"), max_length=255, blank=True)
    replayed = models.BooleanField(_("replayed"), default=False)
    api_version = models.CharField(_("API version"), max_length=10)
    asked = models.JSONField(_("asked"), default=dict)
    answered = models.JSONField(_("answered"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("API request"), _("API requests")
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="api_request_of_merchant"),
            models.Index(
                fields=["merchant_id", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="api_request_by_key",
            ),
            models.Index(
                fields=["merchant_id", "subject"], condition=~models.Q(subject=""), name="api_request_by_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
