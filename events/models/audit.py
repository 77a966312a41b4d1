from hashlib import sha256

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.json import canonical


class AuditRecord(AppendOnlyModel):
    """What was done, by whom. Sealed into the chain a little later."""

    id = PublicIdField("aud", primary_key=True, editable=False)
    action = models.CharField(_("action"), max_length=60)
    subject = models.CharField(_("about"), max_length=80)
    by = models.CharField(_("done by"), max_length=40)
    at = models.DateTimeField(_("done at"))
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("audit record"), _("audit records")
        indexes = [models.Index(name="audit_about_subject", fields=["subject", "-id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def digest(self) -> bytes:
        """SHA-256 over every column, written in the one canonical way."""
        written = {
            "id": self.id,
            "action": self.action,
            "subject": self.subject,
            "by": self.by,
            "at": self.at.isoformat(),
            "data": self.data,
        }
        return sha256(b"vaultpay/audit-record/v1\0" + canonical(written)).digest()


class AuditSeal(AppendOnlyModel):
    """A link of the chain: it seals one record and, by `digest`, every record before it."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    record = models.OneToOneField(AuditRecord, models.PROTECT, related_name="seal", verbose_name=_("audit record"))
    digest = models.BinaryField(_("digest"), max_length=32)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name, verbose_name_plural = _("seal of an audit record"), _("seals of audit records")

    def __str__(self) -> str:
        return str(self.number)


def next_link(*, previous: bytes, number: int, record: bytes) -> bytes:
    """The digest of seal `number` over the record's digest. The first link follows 32 zero bytes."""
    return sha256(b"vaultpay/audit-seal/v1\0" + previous + number.to_bytes(8) + record).digest()


START = bytes(32)
"""What the first link follows."""
