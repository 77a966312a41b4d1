"""One asking of the issuer, or of nobody where points pay all of it, and what the network is told afterwards."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money
from common.states import move_row, next_state
from payments.models.approval import Approval
from payments.models.grant import ID_LENGTH, Grant
from payments.models.payment import Payment
from payments.states import (
    ADVICE_TRANSITIONS,
    AUTHORIZATION_TRANSITIONS,
    OPEN_AUTHORIZATIONS,
    AdviceKind,
    AdviceStatus,
    AuthorizationStatus,
    Initiator,
)

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Authorization(models.Model):
    """Written before the network is asked; its id is our reference on the wire.

    Where points pay the whole amount it names no card and asks for nothing: it is `authorized` from the start, and the
    network never hears of it.
    """

    id = PublicIdField("auth", primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="authorizations", verbose_name=_("payment"))
    approval = models.ForeignKey(
        Approval,
        models.PROTECT,
        related_name="authorizations",
        verbose_name=_("approval"),
        null=True,
        blank=True,
        db_index=False,  # there is a partial one below
    )
    """The customer's yes to this; none when the shop charges under a permission."""
    grant = models.ForeignKey(
        Grant,
        models.PROTECT,
        related_name="+",
        verbose_name=_("grant"),
        null=True,
        blank=True,
        db_index=False,  # its payments are found by the payment's own index
    )
    initiator = models.CharField(
        _("initiated by"), max_length=10, choices=Initiator, default=Initiator.CUSTOMER, db_default=Initiator.CUSTOMER
    )
    wallet_id = models.CharField(_("wallet"), max_length=ID_LENGTH)
    card_id = models.CharField(_("card"), max_length=ID_LENGTH, blank=True, default="")
    card_token = models.CharField(max_length=ID_LENGTH, blank=True, default="")
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=16, choices=AuthorizationStatus, default=AuthorizationStatus.SENT)
    card_check = models.JSONField(_("card check"), default=list, blank=True, db_default=[])
    """One line for each thing that was checked: `payments.card_check` reads and says them."""
    three_ds = models.JSONField("3-D Secure", null=True, blank=True)
    """What 3-D Secure said about this attempt, as the API says it; the rest is the Authentication's."""
    response_code = models.CharField(_("response code"), max_length=2, blank=True, default="")
    advice_code = models.CharField(_("advice code of the issuer"), max_length=2, blank=True, default="", db_default="")
    retry_after = models.DateTimeField(_("may be tried again from"), null=True, blank=True)
    """After a no that time alone lifts: the networks' caps, or a wait that the issuer asked for."""
    decline_code = models.CharField(_("decline code"), max_length=40, blank=True, default="")
    decline_advice = models.CharField(_("advice after the decline"), max_length=20, blank=True, default="")
    text_key = models.CharField(_("sentence for the customer"), max_length=20, blank=True, default="")
    network_reference = models.CharField(_("network reference"), max_length=40, blank=True, default="")
    approval_code = models.CharField(_("approval code of the issuer"), max_length=6, blank=True, default="")
    begun_at = models.DateTimeField(_("begun at"), db_default=Now())
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    """When the issuer was asked; empty for ever when our own checks said no before."""
    unknown_since = models.DateTimeField(_("unknown since"), null=True, blank=True)
    inquiries = models.PositiveSmallIntegerField(_("inquiries"), default=0)
    next_inquiry_at = models.DateTimeField(_("next inquiry at"), null=True, blank=True)
    concluded_at = models.DateTimeField(_("concluded at"), null=True, blank=True)

    if TYPE_CHECKING:
        payment_id: str
        approval_id: str | None
        grant_id: str | None
        advices: RelatedManager["Advice"]

    class Meta:
        verbose_name, verbose_name_plural = _("authorization"), _("authorizations")
        constraints = [
            models.UniqueConstraint(
                name="authorization_one_open_per_payment",
                fields=["payment"],
                condition=Q(status__in=OPEN_AUTHORIZATIONS),
            ),
            models.CheckConstraint(
                name="authorization_asks_a_card_or_nobody",
                condition=(Q(amount_minor__gt=0) & ~Q(card_id="") & ~Q(card_token=""))
                | Q(amount_minor=0, card_id="", card_token=""),
            ),
            models.CheckConstraint(
                name="authorization_is_allowed_by_one_thing",
                condition=Q(approval__isnull=False, grant__isnull=True) | Q(approval__isnull=True, grant__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="authorization_of_approval", fields=["approval"], condition=Q(approval__isnull=False)),
            models.Index(
                name="authorization_noes",
                fields=["wallet_id", "begun_at"],
                condition=Q(status=AuthorizationStatus.DECLINED) & ~Q(response_code=""),
            ),
            models.Index(
                name="authorization_due",
                fields=["next_inquiry_at"],
                condition=Q(next_inquiry_at__isnull=False),
            ),
            models.Index(
                name="authorization_unanswered",
                fields=["sent_at"],
                condition=Q(status__in=[AuthorizationStatus.SENT, AuthorizationStatus.UNKNOWN]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    def move(self, verb: str, **facts: Any) -> None:
        move_row(self, AUTHORIZATION_TRANSITIONS, verb, old=AuthorizationStatus(self.status), **facts)

    def note(self, **facts: Any) -> None:
        """Change columns while the state stays."""
        Authorization.objects.filter(pk=self.pk).update(**facts)
        for name, value in facts.items():
            setattr(self, name, value)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def asks_nobody(self) -> bool:
        """Points pay all of it: there is no card, no issuer, and nothing that the network must hear."""
        return not self.card_token


class Advice(models.Model):
    """Something that is already so, which the network must hear: sent until it is acknowledged."""

    id = PublicIdField("adv", primary_key=True, editable=False)
    authorization = models.ForeignKey(
        Authorization, models.PROTECT, related_name="advices", verbose_name=_("authorization")
    )
    capture = models.OneToOneField(
        "payments.Capture", models.PROTECT, null=True, blank=True, related_name="advice", verbose_name=_("capture")
    )
    """Which one, when it is about a capture: each is told in an advice of its own."""
    kind = models.CharField(_("kind"), max_length=8, choices=AdviceKind)
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    """What is captured; in a release, what stays of the promise; otherwise all of it."""
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=12, choices=AdviceStatus, default=AdviceStatus.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    response_code = models.CharField(_("response code"), max_length=2, blank=True, default="")
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    if TYPE_CHECKING:
        authorization_id: str
        capture_id: str | None

    class Meta:
        verbose_name, verbose_name_plural = _("advice"), _("advices")
        constraints = [
            models.UniqueConstraint(
                name="advice_one_due_per_kind",
                fields=["authorization", "kind"],
                condition=Q(status=AdviceStatus.DUE, kind__in=[AdviceKind.VOID, AdviceKind.REVERSAL]),
            ),
        ]
        indexes = [
            models.Index(name="advice_due", fields=["next_try_at"], condition=Q(status=AdviceStatus.DUE)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.status}"

    def move(self, verb: str, *, response_code: str, now: datetime) -> bool:
        """Whether it was us who settled it: of two senders of the same advice one is late."""
        new = next_state(ADVICE_TRANSITIONS, AdviceStatus.DUE, verb)
        settled = Advice.objects.filter(pk=self.pk, status=AdviceStatus.DUE).update(
            status=new, response_code=response_code, settled_at=now, next_try_at=None
        )
        self.refresh_from_db()
        return settled == 1

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
