"""What points cost and brought each merchant in a month: cut once, never changed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money, yen
from ledger.states import OPERATOR
from points.clearing import ClearingKind


class PointsClearing(AppendOnlyModel):
    """One merchant's statement for one month in Tokyo. The money moved when each thing happened; here it is stated."""

    id = PublicIdField("clr", primary_key=True, editable=False)
    month = models.DateField(_("month"))
    """Its first day."""
    merchant_id = PublicIdField("mer", null=True, verbose_name=_("merchant"))
    """Nobody means the commerce itself, which funds points too. See `party`."""
    opening_minor = models.BigIntegerField(_("set aside at the beginning"))
    closing_minor = models.BigIntegerField(_("set aside at the end"))
    """The reserve for this merchant's points: what it will pay wherever they are spent."""
    net_minor = models.BigIntegerField(_("net position"))
    """What others paid this merchant for points, minus what it paid them. Over all parties these come to nought."""
    cut_at = models.DateTimeField(_("cut at"))

    class Meta:
        verbose_name, verbose_name_plural = _("points clearing"), _("points clearings")
        ordering = ["-month", "id"]
        constraints = [
            models.UniqueConstraint(name="points_clearing_once", fields=["merchant_id", "month"], nulls_distinct=False),
            models.CheckConstraint(name="points_clearing_of_a_month", condition=Q(month__day=1)),
        ]
        indexes = [models.Index(name="points_clearing_month", fields=["month"])]

    def __str__(self) -> str:
        return f"{self.party} {self.month:%Y-%m}"

    @property
    def party(self) -> str:
        return self.merchant_id or OPERATOR

    @property
    def opening(self) -> Money:
        return yen(self.opening_minor)

    @property
    def closing(self) -> Money:
        return yen(self.closing_minor)

    @property
    def net(self) -> Money:
        return yen(self.net_minor)


class PointsClearingLine(AppendOnlyModel):
    """How much of one kind, with whom. One point is one yen, so this counts both."""

    id = PublicIdField("cll", primary_key=True, editable=False)
    clearing = models.ForeignKey(
        PointsClearing, models.PROTECT, related_name="lines", db_index=False, verbose_name=_("points clearing")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ClearingKind)
    counterparty_id = PublicIdField("mer", null=True, verbose_name=_("counterparty"))
    """The other merchant; nobody means the commerce itself, or that the line concerns no other: the kind says which."""
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    changes = models.PositiveIntegerField(_("how often"))

    class Meta:
        verbose_name, verbose_name_plural = _("line of a points clearing"), _("lines of points clearings")
        ordering = ["clearing", "kind", "counterparty_id"]
        constraints = [
            models.UniqueConstraint(
                name="points_clearing_line_once",
                fields=["clearing", "kind", "counterparty_id"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="points_clearing_line_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_minor}"
