from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from events.types import StoredAnswer


class IdempotencyRecord(models.Model):
    """One key of one caller: who works on it until when, and what was answered. It remembers the question, as an
    HMAC.
    """

    id = PublicIdField("idk", primary_key=True, editable=False)
    owner_ref = models.CharField(_("owner"), max_length=40)
    key = models.CharField(_("idempotency key"), max_length=255)
    question = models.BinaryField(max_length=64)
    claimed_at = models.DateTimeField(_("claimed at"))
    leased_until = models.DateTimeField(_("leased until"))
    turn = models.PositiveIntegerField(_("turn"), default=1)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")

    class Meta:
        verbose_name, verbose_name_plural = _("idempotency key"), _("idempotency keys")
        constraints = [
            models.UniqueConstraint(name="idempotency_key_once", fields=["owner_ref", "key"]),
            models.CheckConstraint(
                name="idempotency_finished_has_status",
                condition=Q(finished_at=None, status=None) | Q(finished_at__isnull=False, status__range=(200, 499)),
            ),
        ]
        indexes = [models.Index(name="idempotency_claimed_at", fields=["claimed_at"])]

    def __str__(self) -> str:
        return f"{self.owner_ref} {self.key}"

    @property
    def answer(self) -> StoredAnswer | None:
        if self.status is None:
            return None
        return StoredAnswer(status=self.status, body=bytes(self.body), headers=self.headers)
