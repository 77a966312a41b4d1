"""Asking the card's issuer, by 3-D Secure, whether it is its customer who pays."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money
from common.states import move_row
from payments.models.authorization import Authorization
from payments.models.grant import ID_LENGTH
from payments.models.payment import Payment
from payments.states import AUTHENTICATION_TRANSITIONS, AuthenticationStatus


class Authentication(models.Model):
    """Written before the directory is asked; its id names the question for ever. One for one attempt, and used for no
    other. The authentication value itself is in the safe.
    """

    id = PublicIdField("ath", primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="authentications", verbose_name=_("payment"))
    authorization = models.OneToOneField(
        Authorization, models.PROTECT, related_name="authentication", verbose_name=_("authorization")
    )
    card_id = models.CharField(_("card"), max_length=ID_LENGTH)
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(
        _("status"), max_length=12, choices=AuthenticationStatus, default=AuthenticationStatus.ASKED
    )
    mandated = models.BooleanField(_("asked for by the issuer"), default=False)
    version = models.CharField(_("message version"), max_length=8, blank=True, default="")
    device_channel = models.CharField(_("device channel"), max_length=2, default="02")
    message_category = models.CharField(_("message category"), max_length=2, default="01")
    server_trans_id = models.CharField("threeDSServerTransID", max_length=36, blank=True, default="")
    ds_trans_id = models.CharField("dsTransID", max_length=36, blank=True, default="")
    acs_trans_id = models.CharField("acsTransID", max_length=36, blank=True, default="")
    trans_status = models.CharField("transStatus", max_length=1, blank=True, default="")
    status_reason = models.CharField("transStatusReason", max_length=2, blank=True, default="")
    challenge_cancel = models.CharField(_("why the challenge was canceled"), max_length=2, blank=True, default="")
    eci = models.CharField("ECI", max_length=2, blank=True, default="")
    has_value = models.BooleanField(_("with an authentication value"), default=False)
    prepaid = models.BooleanField(_("prepaid card"), default=False)
    challenge_url = models.CharField(_("page of the issuer"), max_length=2_048, blank=True, default="")
    shift_claimed = models.BooleanField(_("shift of liability claimed"), default=False)
    shift_conditions_met = models.BooleanField(_("its conditions are met"), default=False)
    shift_reasons = models.JSONField(_("what is missing"), default=list, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    challenge_started_at = models.DateTimeField(_("challenge started at"), null=True, blank=True)
    result_at = models.DateTimeField(_("result at"), null=True, blank=True)
    concluded_at = models.DateTimeField(_("concluded at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    """Until when a challenge may be answered; the instant itself is too late."""
    next_step_at = models.DateTimeField(_("next step at"), null=True, blank=True)
    """When the janitor looks after it, unless somebody else was faster."""

    if TYPE_CHECKING:
        payment_id: str
        authorization_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("authentication"), _("authentications")
        constraints = [
            models.CheckConstraint(name="authentication_of_an_amount", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="authentication_conditions_of_a_claim",
                condition=Q(shift_conditions_met=False) | Q(shift_claimed=True),
            ),
        ]
        indexes = [
            models.Index(name="authentication_due", fields=["next_step_at"], condition=Q(next_step_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    def move(self, verb: str, **facts: Any) -> None:
        move_row(self, AUTHENTICATION_TRANSITIONS, verb, old=AuthenticationStatus(self.status), **facts)

    def note(self, **facts: Any) -> None:
        """Change columns while the state stays."""
        Authentication.objects.filter(pk=self.pk).update(**facts)
        for name, value in facts.items():
            setattr(self, name, value)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
