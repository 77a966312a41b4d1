"""The customer's yes: the challenge that asks for it, and the approval that is kept."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.types import PaymentMembers
from common.append_only import AppendOnlyModel
from common.base64url import to_base64url
from common.clock import instant_text
from common.ids import PublicIdField
from common.money import EXPONENTS
from payments.details import ApprovalDetails, GrantDetails, hash_of_items, origin_of
from payments.models.grant import ID_LENGTH, Grant
from payments.models.payment import Payment
from payments.states import MOST_TRIES, ApprovalKind

_ONE_THING: Final = Q(payment__isnull=False, grant__isnull=True) | Q(payment__isnull=True, grant__isnull=False)


class Challenge(models.Model):
    """A single-use question over exactly these details. A newer one on the same payment or grant voids it."""

    id = PublicIdField("chl", primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="challenges", null=True, blank=True)
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="challenges", null=True, blank=True)
    customer_id = models.CharField(max_length=ID_LENGTH)
    card_id = models.CharField(max_length=ID_LENGTH)
    points_minor = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=ApprovalKind)
    nonce = models.BinaryField(max_length=32)
    details = models.JSONField()
    digest = models.BinaryField(max_length=32)
    shown = models.JSONField(default=dict, blank=True)
    """With SPC: what the browser was told to show, and must have signed."""
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        payment_id: str | None
        grant_id: str | None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="challenge_one_open_per_payment",
                fields=["payment"],
                condition=Q(consumed_at__isnull=True, voided_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="challenge_one_open_per_grant",
                fields=["grant"],
                condition=Q(consumed_at__isnull=True, voided_at__isnull=True),
            ),
            models.CheckConstraint(name="challenge_is_about_one_thing", condition=_ONE_THING),
            models.CheckConstraint(name="challenge_tries_limited", condition=Q(tries__lte=MOST_TRIES)),
        ]

    def __str__(self) -> str:
        return f"{self.id} on {self.payment_id or self.grant_id}"


class Approval(AppendOnlyModel):
    """Kept for ever with every byte that is needed to verify it again, without asking anybody."""

    id = PublicIdField("apr", primary_key=True, editable=False)
    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="approvals", verbose_name=_("payment"), null=True, blank=True
    )
    grant = models.ForeignKey(
        Grant, models.PROTECT, related_name="approvals", verbose_name=_("grant"), null=True, blank=True
    )
    challenge = models.OneToOneField(Challenge, models.PROTECT, related_name="approval")
    customer_id = models.CharField(_("customer"), max_length=ID_LENGTH)
    passkey_id = models.CharField(_("payment passkey"), max_length=ID_LENGTH)
    credential_id = models.BinaryField()
    public_key = models.BinaryField()
    user_handle = models.BinaryField()
    backup_eligible = models.BooleanField(_("may be backed up"))
    kind = models.CharField(_("kind"), max_length=12, choices=ApprovalKind)
    nonce = models.BinaryField(max_length=32)
    details = models.BinaryField()
    """The canonical bytes that were hashed."""
    shown = models.JSONField(_("shown by the browser"), default=dict, blank=True)
    client_data = models.BinaryField()
    authenticator_data = models.BinaryField()
    signature = models.BinaryField()
    origin = models.CharField(_("origin"), max_length=255)
    rp_id = models.CharField(_("relying party"), max_length=255)
    approved_at = models.DateTimeField(_("approved at"))

    if TYPE_CHECKING:
        payment_id: str | None
        grant_id: str | None

    class Meta:
        verbose_name, verbose_name_plural = _("approval"), _("approvals")
        constraints = [models.CheckConstraint(name="approval_is_of_one_thing", condition=_ONE_THING)]
        indexes = [models.Index(name="approval_of_customer", fields=["customer_id", "-id"])]

    def __str__(self) -> str:
        return f"{self.id} of {self.payment_id or self.grant_id}"

    def as_assertion(self) -> dict[str, Any]:
        """What the browser once sent, in the words of WebAuthn JSON."""
        return {
            "id": to_base64url(bytes(self.credential_id)),
            "type": "public-key",
            "response": {
                "clientDataJSON": to_base64url(bytes(self.client_data)),
                "authenticatorData": to_base64url(bytes(self.authenticator_data)),
                "signature": to_base64url(bytes(self.signature)),
            },
        }

    def shown_members(self) -> PaymentMembers | None:
        return members_shown(self.shown)


def members_shown(shown: Mapping[str, str]) -> PaymentMembers | None:
    """What the browser's own window showed, and must have signed besides the challenge; nothing without SPC."""
    if not shown:
        return None
    return PaymentMembers(
        payee_name=shown["payee_name"],
        payee_origin=shown["payee_origin"] or None,
        currency=shown["currency"],
        value=shown["value"],
        instrument_name=shown["instrument_name"],
        instrument_icon=shown["instrument_icon"],
    )


def details_of(
    payment: Payment, *, customer_id: str, card_id: str, points_minor: int, expires_at: datetime
) -> ApprovalDetails:
    """The canonical details, read from the payment's row as it is now."""
    return ApprovalDetails(
        payment=payment.id,
        customer=customer_id,
        merchant=payment.merchant_id,
        payee_name=payment.shop.display_name,
        payee_origin=payment.shop.origin,
        amount=str(payment.amount_minor),
        currency=payment.currency,
        exponent=str(EXPONENTS[payment.currency]),
        points=str(points_minor),
        card=card_id,
        items_hash=hash_of_items(payment.items),
        expires_at=instant_text(expires_at),
        return_origin=origin_of(payment.return_url),
    )


def grant_details_of(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    grant: Grant,
    *,
    customer_id: str,
    card_id: str,
    limit_per_payment_minor: int,
    limit_per_period_minor: int | None,
    until: date,
    expires_at: datetime,
) -> GrantDetails:
    """The canonical details of a permission: limits as the customer chose them, all else as the row says it now."""
    return GrantDetails(
        grant=grant.id,
        customer=customer_id,
        merchant=grant.merchant_id,
        payee_name=grant.shop.display_name,
        payee_origin=grant.shop.origin,
        description=grant.description,
        kind=str(grant.kind),
        limit_per_payment=str(limit_per_payment_minor),
        limit_per_period="" if limit_per_period_minor is None else str(limit_per_period_minor),
        period=str(grant.period),
        until=until.isoformat(),
        currency=grant.currency,
        exponent=str(EXPONENTS[grant.currency]),
        card=card_id,
        expires_at=instant_text(expires_at),
        return_origin=origin_of(grant.return_url),
    )
