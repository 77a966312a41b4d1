"""A promise turned into money owed to the merchant."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.states import move_row
from payments.models.authorization import Authorization
from payments.models.booked import Booked
from payments.models.payment import Payment
from payments.states import CAPTURE_TRANSITIONS, CaptureStatus


class Capture(Booked):
    id = PublicIdField("cap", primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="captures", verbose_name=_("payment"))
    authorization = models.ForeignKey(
        Authorization, models.PROTECT, related_name="captures", verbose_name=_("authorization")
    )
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
            models.UniqueConstraint(
                name="capture_once_per_payment", fields=["payment"], condition=~Q(status=CaptureStatus.REFUSED)
            ),
            models.CheckConstraint(
                name="capture_has_card_part",
                condition=Q(points_minor__gte=0) & Q(amount_minor__gt=F("points_minor")),
            ),
            models.CheckConstraint(name="capture_fee_not_negative", condition=Q(fee_minor__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    def move(self, verb: str, **facts: Any) -> None:
        move_row(self, CAPTURE_TRANSITIONS, verb, old=CaptureStatus(self.status), **facts)
