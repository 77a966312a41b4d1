"""Four eyes: what an act of the staff has in common that waits for a second person."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self

from django.db import migrations, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.actors import Actor
from common.clock import instant_text
from common.errors import Kind, Refusal
from common.insert_once import insert_once
from common.json import canonical
from common.states import SIGNATURE_TRANSITIONS, SignatureStatus, move_row

WAITS: Final = timedelta(days=7)
MOST_REASON: Final = 500


class SignatureNotFound(Refusal):
    code, kind = "proposal_not_found", Kind.NOT_FOUND
    message = _("Nothing like that waits for a second person.")


class SignatureDiffers(Refusal):
    """The parameters that were shown are not the ones that wait."""

    code, kind = "proposal_differs", Kind.STATE
    message = _("What you were shown is not what was proposed. Look at it again.")


class SignatureTooLate(Refusal):
    code, kind = "proposal_too_late", Kind.STATE
    message = _("Nobody signed this within {days} days. Propose it anew.")


class SamePersonTwice(Refusal):
    code, kind = "same_person_twice", Kind.FORBIDDEN
    message = _("Whoever proposed it cannot countersign it: this takes a second person.")


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

    def propose(self, *, by: Actor, now: datetime) -> Self | None:
        """Write it down, waiting. The same id again answers the proposal that stands already.

        Refuses: the same id with other parameters, or of another person (SignatureDiffers).
        """
        self.proposed_by, self.proposed_at, self.expires_at = by.ref, now, now + WAITS
        self.digest = self.digest_now()
        if insert_once(self):
            return None
        earlier = type(self)._default_manager.get(pk=self.pk)  # noqa: SLF001 (Django's own name)
        if (earlier.digest, earlier.proposed_by) != (self.digest, by.ref):
            raise SignatureDiffers
        return earlier

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
    def locked(cls, signature_id: str) -> Self:
        """Refuses: SignatureNotFound."""
        signature = cls._default_manager.select_for_update(no_key=True).filter(pk=signature_id).first()
        if signature is None:
            raise SignatureNotFound
        return signature

    @classmethod
    def waiting(cls) -> "models.QuerySet[Self]":
        """Proposals that nobody has decided about yet."""
        return cls._default_manager.filter(status=SignatureStatus.PROPOSED)

    @classmethod
    def overdue(cls, *, now: datetime) -> list[str]:
        """Of these, those that nobody signed in time, the oldest first."""
        return list(cls.waiting().filter(expires_at__lte=now).order_by("pk").values_list("pk", flat=True))

    def refuse_unless_second_person(self, *, digest: str, by: Actor, now: datetime) -> None:
        """Another person than the first, in time, and for exactly what was shown. Call with the row locked.

        Refuses: SamePersonTwice, SignatureTooLate, SignatureDiffers.
        """
        if by.ref == self.proposed_by:
            raise SamePersonTwice
        if self.waits and now >= self.expires_at:
            raise SignatureTooLate(days=WAITS.days)
        if not digest == self.digest == self.digest_now():
            raise SignatureDiffers

    def digest_now(self) -> str:
        said: dict[str, Any] = {name: _plain(getattr(self, name)) for name in (*self.PARAMETERS, "reason")}
        return hashlib.sha256(canonical({"of": self.pk, **said})).hexdigest()

    # Properties

    @property
    def waits(self) -> bool:
        return self.status == SignatureStatus.PROPOSED


_DECISION: Final = "ARRAY['status', 'decided_by', 'decided_at']"


def keep_parameters(table: str) -> migrations.RunSQL:
    """The migration step after which only the decision is ever written: what was proposed is what is signed."""
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION vaultpay_keep_parameters() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF to_jsonb(NEW) - {_DECISION} IS DISTINCT FROM to_jsonb(OLD) - {_DECISION} THEN
                RAISE EXCEPTION 'what was proposed in % stays', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {table}_keeps_parameters BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION vaultpay_keep_parameters();
        """,
        reverse_sql=f"DROP TRIGGER {table}_keeps_parameters ON {table};",
    )


def _plain(value: Any) -> Any:
    return instant_text(value) if isinstance(value, datetime) else value
