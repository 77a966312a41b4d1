"""A promise, or a part of it, turned into money owed to the merchant."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts
from common.states import move_row
from payments.models.authorization import Authorization
from payments.models.booked import Booked
from payments.models.payment import Payment
from payments.states import CAPTURE_TRANSITIONS, CaptureStatus


class Capture(Booked):
    """What its refunds give back is counted on the row, pending ones too: the table refuses to give back more."""

    id = PublicIdField("cap", primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="captures", verbose_name=_("payment"))
    authorization = models.ForeignKey(
        Authorization, models.PROTECT, related_name="captures", verbose_name=_("authorization")
    )
    final = models.BooleanField(_("last capture"), default=False)
    """The shop said that it takes no more: what it left was released in the same commit."""
    refunded_minor = models.BigIntegerField(_("refunded amount in minor units"), default=0)
    points_refunded_minor = models.BigIntegerField(_("refunded points"), default=0)
    fee_refunded_minor = models.BigIntegerField(_("refunded fee in minor units"), default=0)
    status = models.CharField(_("status"), max_length=12, choices=CaptureStatus, default=CaptureStatus.BOOKED)
    response_code = models.CharField(_("response code"), max_length=2, blank=True, default="")
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    if TYPE_CHECKING:
        payment_id: str
        authorization_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("capture"), _("captures")
        constraints = [
            models.CheckConstraint(
                name="capture_amount_positive",
                condition=Q(points_minor__gte=0, amount_minor__gt=0) & Q(amount_minor__gte=F("points_minor")),
            ),
            models.CheckConstraint(name="capture_fee_not_negative", condition=Q(fee_minor__gte=0)),
            models.CheckConstraint(
                name="capture_refunded_at_most",
                condition=Q(refunded_minor__gte=0, points_refunded_minor__gte=0, fee_refunded_minor__gte=0)
                & Q(refunded_minor__lte=F("amount_minor"))
                & Q(points_refunded_minor__lte=F("points_minor"))
                & Q(fee_refunded_minor__lte=F("fee_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    def move(self, verb: str, **facts: Any) -> None:
        move_row(self, CAPTURE_TRANSITIONS, verb, old=CaptureStatus(self.status), **facts)

    def count_refund(self, *, amount_minor: int, points_minor: int, fee_minor: int) -> None:
        """Add what a refund gives back; negative when it failed. The caller holds the payment's lock."""
        added = {
            "refunded_minor": self.refunded_minor + amount_minor,
            "points_refunded_minor": self.points_refunded_minor + points_minor,
            "fee_refunded_minor": self.fee_refunded_minor + fee_minor,
        }
        Capture.objects.filter(pk=self.pk).update(**added)
        for name, value in added.items():
            setattr(self, name, value)

    @classmethod
    def standing(cls, payment: Payment) -> "list[Capture]":
        """Those that the network did not refuse, oldest first; read again, for who holds the payment's lock."""
        rows = cls.objects.filter(payment=payment).exclude(status=CaptureStatus.REFUSED)
        return list(rows.order_by("created_at", "id"))

    @property
    def refundable(self) -> Money:
        """Nothing of a capture that the network refused."""
        refused = self.status == CaptureStatus.REFUSED
        return Money(0 if refused else self.amount_minor - self.refunded_minor, self.currency)

    @property
    def points_refundable(self) -> Money:
        return pts(self.points_minor - self.points_refunded_minor)

    @property
    def card_refundable(self) -> Money:
        return self.refundable - Money(self.points_refundable.minor, self.currency)

    @property
    def fee_refundable(self) -> Money:
        return Money(self.fee_minor - self.fee_refunded_minor, self.currency)
