from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField


class OutgoingMail(models.Model):
    """A mail on its way. The body is emptied once it was sent: it may hold a code or say what somebody bought."""

    id = PublicIdField("mail", primary_key=True, editable=False)
    to = models.JSONField(_("recipients"))
    from_email = models.CharField(_("sender"), max_length=320)
    template = models.CharField(_("template"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    subject = models.CharField(_("mail subject"), max_length=998)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    queued_at = models.DateTimeField(_("queued at"))
    not_before = models.DateTimeField(_("not before"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    given_up_at = models.DateTimeField(_("given up at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("outgoing mail"), _("outgoing mails")
        indexes = [models.Index(name="mail_due", fields=["id"], condition=Q(sent_at=None, given_up_at=None))]

    def __str__(self) -> str:
        return f"{self.template} {self.subject}"
