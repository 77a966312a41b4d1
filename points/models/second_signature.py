"""Four eyes: what an act of the staff has in common that waits for a second person."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.actors import Actor
from common.clock import instant_text
from common.json import canonical
from common.states import move_row
from points.states import SIGNATURE_TRANSITIONS, SignatureStatus

WAITS: Final = timedelta(days=7)
MOST_REASON: Final = 500


class SecondSignature(models.Model):
    """Proposed by one person, done when another says yes to exactly these parameters.

    The parameters never change (a trigger sees to that), and `digest` names them: what the second person was shown is
    what is done. A CHECK keeps the two apart, whatever the code does.
    """

    PARAMETERS: ClassVar[tuple[str, ...]]
    """The columns that say what is to be done."""

    reason = models.TextField(_("reason"), max_length=MOST_REASON)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    """SHA-256 of the parameters and the reason, as canonical JSON."""
    status = models.CharField(_("status"), max_length=11, choices=SignatureStatus, default=SignatureStatus.PROPOSED)
    proposed_by = models.CharField(_("proposed by"), max_length=40)
    proposed_at = models.DateTimeField(_("proposed at"))
    expires_at = models.DateTimeField(_("to be signed before"))
    """Half-open."""
    decided_by = models.CharField(_("decided by"), max_length=40, blank=True, default="")
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        abstract = True
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_four_eyes",
                condition=~Q(status=SignatureStatus.MADE) | (~Q(decided_by="") & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="%(class)s_decided_by_somebody",
                condition=Q(status=SignatureStatus.PROPOSED, decided_at__isnull=True, decided_by="")
                | (~Q(status=SignatureStatus.PROPOSED) & Q(decided_at__isnull=False) & ~Q(decided_by="")),
            ),
        ]
        indexes = [
            models.Index(name="%(class)s_open", fields=["expires_at"], condition=Q(status=SignatureStatus.PROPOSED))
        ]

    # Mutators

    def propose(self, *, by: Actor, now: datetime) -> None:
        """Say who asks for it and until when it waits. The caller writes the row."""
        self.proposed_by, self.proposed_at, self.expires_at = by.ref, now, now + WAITS
        self.digest = self.digest_now()

    def decide(self, verb: str, *, by: Actor, now: datetime) -> None:
        move_row(
            self,
            SIGNATURE_TRANSITIONS,
            verb,
            old=SignatureStatus(self.status),
            decided_by=by.ref,
            decided_at=now,
        )

    # Queries

    @classmethod
    def locked(cls, signature_id: str) -> "Self | None":
        return cls._default_manager.select_for_update(no_key=True).filter(pk=signature_id).first()

    def digest_now(self) -> str:
        said: dict[str, Any] = {name: _plain(getattr(self, name)) for name in (*self.PARAMETERS, "reason")}
        return hashlib.sha256(canonical({"of": self.pk, **said})).hexdigest()

    # Properties

    @property
    def waits(self) -> bool:
        return self.status == SignatureStatus.PROPOSED


def _plain(value: Any) -> Any:
    return instant_text(value) if isinstance(value, datetime) else value
