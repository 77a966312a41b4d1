from django.db import models
from django.db.models import Q

from common.ids import PublicIdField


class OutgoingMail(models.Model):
    """A mail on its way. The body is emptied once it was sent: it may hold a code or say what somebody bought."""

    id = PublicIdField("mail", primary_key=True, editable=False)
    to = models.JSONField()
    from_email = models.CharField(max_length=320)
    template = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10, blank=True)
    subject = models.CharField(max_length=998)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(name="mail_due", fields=["id"], condition=Q(sent_at=None, given_up_at=None))]

    def __str__(self) -> str:
        return f"{self.template} {self.subject}"
