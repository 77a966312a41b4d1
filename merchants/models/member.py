"""People of a merchant, each with one role."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.states import move_row
from merchants.models.merchant import Merchant
from merchants.states import MEMBER_TRANSITIONS, MemberStatus, Role

INVITATION_LASTS: Final = timedelta(days=14)


class Member(models.Model):
    id = PublicIdField("mem", primary_key=True, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="members", verbose_name=_("merchant"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="memberships", verbose_name=_("sign-in")
    )
    email = models.EmailField(_("e-mail address"))
    """Lower case: where the invitation went."""
    role = models.CharField(_("role"), max_length=12, choices=Role)
    status = models.CharField(_("status"), max_length=8, choices=MemberStatus, default=MemberStatus.INVITED)
    invited_at = models.DateTimeField(_("invited at"))
    joined_at = models.DateTimeField(_("joined at"), null=True)
    removed_at = models.DateTimeField(_("removed at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="member_once_by_email", fields=["merchant", "email"], condition=~Q(status=MemberStatus.REMOVED)
            ),
            models.UniqueConstraint(
                name="member_once_by_user", fields=["merchant", "user"], condition=Q(status=MemberStatus.ACTIVE)
            ),
            models.CheckConstraint(
                name="member_active_is_somebody", condition=~Q(status=MemberStatus.ACTIVE) | Q(user__isnull=False)
            ),
        ]
        indexes = [models.Index(name="member_invitations", fields=["email"], condition=Q(status=MemberStatus.INVITED))]

    def __str__(self) -> str:
        return self.email

    def move(self, verb: str, **changes: object) -> None:
        move_row(self, MEMBER_TRANSITIONS, verb, old=MemberStatus(self.status), **changes)

    def invitation_lasts(self, *, now: datetime) -> bool:
        return self.status == MemberStatus.INVITED and now < self.invited_at + INVITATION_LASTS

    def is_last_owner(self) -> bool:
        """Whether the team would be left without an owner. Ask with the merchant's row locked."""
        if self.role != Role.OWNER or self.status != MemberStatus.ACTIVE:
            return False
        owners = Member.objects.filter(merchant_id=self.merchant_id, role=Role.OWNER, status=MemberStatus.ACTIVE)
        return not owners.exclude(pk=self.pk).exists()
