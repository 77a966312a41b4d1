"""A refund that was heard of, for the points that its purchase earned."""

from typing import Self

from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q, Sum
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money
from points.types import Stretch


class PointsTakeBack(AppendOnlyModel):
    """Once per refund and capture, whenever it is heard: also before the capture itself."""

    id = PublicIdField("tbk", primary_key=True, editable=False)
    source_ref = models.CharField(_("reference"), max_length=40)
    """The capture that earned the points."""
    refund_id = models.CharField(_("refund"), max_length=40)
    start_minor = models.BigIntegerField(_("from"))
    end_minor = models.BigIntegerField(_("up to"))
    of_minor = models.BigIntegerField(_("of"))
    heard_at = models.DateTimeField(_("heard at"))

    class Meta:
        verbose_name, verbose_name_plural = _("points taken back"), _("points taken back")
        constraints = [
            models.UniqueConstraint(name="points_take_back_once", fields=["source_ref", "refund_id"]),
            models.CheckConstraint(
                name="points_take_back_stretch",
                condition=Q(start_minor__gte=0, end_minor__gte=F("start_minor"), of_minor__gte=F("end_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_ref} {self.start_minor}–{self.end_minor}/{self.of_minor}"

    @classmethod
    def of_all(cls) -> Exists:
        """For a question about earnings: whether all of the capture was refunded."""
        heard = cls.objects.filter(source_ref=OuterRef("capture_id")).order_by().values("source_ref")
        return Exists(heard.annotate(sum=Sum(F("end_minor") - F("start_minor"))).filter(sum__gte=Max("of_minor")))

    @classmethod
    def shares(cls, source_ref: str, earned: Money) -> list[tuple[Self, Money]]:
        """What each refund of this capture takes of the points, oldest first; together never more than was earned."""
        shares, left = [], earned
        for heard in cls.objects.filter(source_ref=source_ref).order_by("id"):
            stretch = Stretch(heard.start_minor, heard.end_minor, heard.of_minor)
            share = min(stretch.share_of(earned), left)
            shares.append((heard, share))
            left -= share
        return shares
