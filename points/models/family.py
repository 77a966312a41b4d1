"""People who share a pool of points."""

from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money, pts
from common.states import move_row
from points.models.gift import new_pool
from points.states import (
    FAMILY_MEMBER_TRANSITIONS,
    FAMILY_TRANSITIONS,
    FamilyMemberStatus,
    FamilyMoveKind,
    FamilyStatus,
)

INVITATION_LASTS: Final = timedelta(days=14)


class Family(models.Model):
    """Its row is locked by whoever moves points into or out of the pool, or changes who belongs to it."""

    id = PublicIdField("fam", primary_key=True, editable=False)
    name = models.CharField(_("name"), max_length=40)
    pool_id = PublicIdField("wal", unique=True, default=new_pool, editable=False, verbose_name=_("pool"))
    status = models.CharField(_("status"), max_length=6, choices=FamilyStatus, default=FamilyStatus.ACTIVE)
    started_at = models.DateTimeField(_("started at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("family"), _("families")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def close(self, *, now: datetime) -> None:
        move_row(self, FAMILY_TRANSITIONS, "close", old=FamilyStatus(self.status), closed_at=now)

    @classmethod
    def locked(cls, family_id: str) -> "Family | None":
        return cls.objects.select_for_update(no_key=True).filter(pk=family_id).first()


class FamilyMember(models.Model):
    id = PublicIdField("fmb", primary_key=True, editable=False)
    family = models.ForeignKey(Family, models.PROTECT, related_name="members", verbose_name=_("family"))
    email = models.EmailField(_("e-mail address"), blank=True)
    """Lower case: where the invitation went. Nobody invited whoever began the family."""
    wallet_id = PublicIdField("wal", null=True, verbose_name=_("wallet"))
    is_owner = models.BooleanField(_("began the family"), default=False)
    status = models.CharField(_("status"), max_length=8, choices=FamilyMemberStatus, default=FamilyMemberStatus.INVITED)
    invited_at = models.DateTimeField(_("invited at"))
    joined_at = models.DateTimeField(_("joined at"), null=True)
    draws_from = models.DateTimeField(_("may draw from"), null=True)
    """Who is new waits, so that a stranger who was let in by mistake, or by a thief, finds the pool still there."""
    shares_since = models.DateTimeField(_("puts in automatically since"), null=True)
    """Whatever becomes live after this instant goes into the pool; null when it does not."""
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("member of a family"), _("members of families")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="one_family_per_wallet", fields=["wallet_id"], condition=Q(status=FamilyMemberStatus.ACTIVE)
            ),
            models.UniqueConstraint(
                name="invited_once_by_family",
                fields=["family", "email"],
                condition=Q(status=FamilyMemberStatus.INVITED),
            ),
            models.UniqueConstraint(name="one_owner_per_family", fields=["family"], condition=Q(is_owner=True)),
            models.CheckConstraint(
                name="family_member_is_somebody",
                condition=~Q(status=FamilyMemberStatus.ACTIVE)
                | Q(wallet_id__isnull=False, joined_at__isnull=False, draws_from__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="family_invitations", fields=["email"], condition=Q(status=FamilyMemberStatus.INVITED)),
            models.Index(name="family_sharing", fields=["id"], condition=Q(shares_since__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.id

    def move(self, verb: str, **changes: object) -> None:
        move_row(self, FAMILY_MEMBER_TRANSITIONS, verb, old=FamilyMemberStatus(self.status), **changes)

    def invitation_lasts(self, *, now: datetime) -> bool:
        return self.status == FamilyMemberStatus.INVITED and now < self.invited_at + INVITATION_LASTS


class FamilyMove(AppendOnlyModel):
    """Points that went into the pool or out of it, and whose doing it was. Everybody in the family reads it."""

    id = PublicIdField("fmv", primary_key=True, editable=False)
    family = models.ForeignKey(Family, models.PROTECT, related_name="moves", verbose_name=_("family"))
    member = models.ForeignKey(FamilyMember, models.PROTECT, related_name="moves", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=8, choices=FamilyMoveKind)
    amount_minor = models.BigIntegerField(_("points"))
    asked_as = models.CharField(_("name of the form"), max_length=40)
    """Names the form that was sent, or the lot that became live: the same again moves nothing."""
    by = models.CharField(_("done by"), max_length=40)
    at = models.DateTimeField(_("done at"))

    class Meta:
        verbose_name, verbose_name_plural = _("move of points in a family"), _("moves of points in families")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="family_move_once", fields=["member", "asked_as"]),
            models.CheckConstraint(name="family_move_is_some", condition=Q(amount_minor__gt=0)),
        ]
        indexes = [models.Index(name="family_moves", fields=["family", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"

    @property
    def amount(self) -> Money:
        return pts(self.amount_minor)

    @property
    def goes_in(self) -> bool:
        return self.kind in {FamilyMoveKind.PUT_IN, FamilyMoveKind.SHARED}
