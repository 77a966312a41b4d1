"""Which lot made up for which, after a refund of points that were spent already."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts
from points.models.lot import PointsLot


class PointsLoan(models.Model):
    """`lender` gave up `amount_minor` because the points of `lot` had to leave and were spent. When those come back, so
    do these: whoever gets everything refunded has exactly what was there before.
    """

    id = PublicIdField("loan", primary_key=True, editable=False)
    lot = models.ForeignKey(PointsLot, models.PROTECT, related_name="loans", verbose_name=_("lot"))
    lender = models.ForeignKey(
        PointsLot, models.PROTECT, related_name="loans_made", db_index=False, verbose_name=_("lender")
    )
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    returned_minor = models.BigIntegerField(_("returned points"), default=0)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name, verbose_name_plural = _("loan between lots"), _("loans between lots")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="points_loan_amounts",
                condition=Q(amount_minor__gt=0, returned_minor__gte=0, amount_minor__gte=F("returned_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lender_id} → {self.lot_id} {self.amount_minor}"

    @property
    def open(self) -> Money:
        return pts(self.amount_minor - self.returned_minor)
