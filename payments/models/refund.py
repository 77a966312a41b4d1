"""Captured money on its way back to the customer."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money, pts
from common.states import move_row
from payments.models.booked import Booked
from payments.models.capture import Capture
from payments.models.payment import Payment
from payments.states import REFUND_TRANSITIONS, RefundReason, RefundStatus

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Refund(Booked):
    """Its id is our reference on the wire.

    `sent_at` is set before the network is asked: from then on silence is unknown, and it is never sent a second time.
    """

    id = PublicIdField("ref", primary_key=True, editable=False)
    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+", verbose_name=_("merchant"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    capture = models.ForeignKey(
        Capture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("capture")
    )
    """The one that the shop named. Otherwise the oldest captures are given back first; `parts` says which."""
    reason = models.CharField(_("reason"), max_length=30, choices=RefundReason, default=RefundReason.OTHER)
    status = models.CharField(_("status"), max_length=12, choices=RefundStatus, default=RefundStatus.PENDING)
    response_code = models.CharField(_("response code"), max_length=2, blank=True, default="")
    decline_code = models.CharField(_("decline code"), max_length=40, blank=True, default="")
    network_reference = models.CharField(_("network reference"), max_length=40, blank=True, default="")
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    inquiries = models.PositiveSmallIntegerField(_("inquiries"), default=0)
    next_step_at = models.DateTimeField(_("next step at"), null=True, blank=True)
    """While pending: when the janitor sends it, or asks what became of it."""
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    if TYPE_CHECKING:
        merchant_id: str
        payment_id: str
        capture_id: str | None
        parts: RelatedManager["RefundPart"]

    class Meta:
        verbose_name, verbose_name_plural = _("refund"), _("refunds")
        constraints = [
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_minor__gt=0)),
        ]
        indexes = [
            models.Index(name="refund_of_merchant", fields=["merchant", "-id"]),
            models.Index(name="refund_of_merchant_by_time", fields=["merchant", "created_at"]),
            models.Index(name="refund_due", fields=["next_step_at"], condition=Q(next_step_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    def move(self, verb: str, **facts: Any) -> None:
        move_row(self, REFUND_TRANSITIONS, verb, old=RefundStatus(self.status), **facts)


class RefundPart(AppendOnlyModel):
    """How much of which capture a refund gives back; written with the refund, and never changed."""

    id = PublicIdField("rfp", primary_key=True, editable=False)
    refund = models.ForeignKey(Refund, models.PROTECT, related_name="parts", verbose_name=_("refund"))
    capture = models.ForeignKey(Capture, models.PROTECT, related_name="refund_parts", verbose_name=_("capture"))
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    points_minor = models.BigIntegerField(_("points"))
    fee_minor = models.BigIntegerField(_("fee in minor units"))

    if TYPE_CHECKING:
        refund_id: str
        capture_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("part of a refund"), _("parts of refunds")
        constraints = [
            models.UniqueConstraint(name="refund_part_once", fields=["refund", "capture"]),
            models.CheckConstraint(
                name="refund_part_amounts",
                condition=Q(amount_minor__gt=0, points_minor__gte=0, fee_minor__gte=0)
                & Q(points_minor__lte=F("amount_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refund_id} {self.capture_id} {self.amount_minor}"

    @property
    def card_minor(self) -> int:
        return self.amount_minor - self.points_minor

    @property
    def points(self) -> Money:
        return pts(self.points_minor)
