"""What somebody bought in a year that is over, and the tier that this gave."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from points.states import TierName


class TierStanding(models.Model):
    """One row per wallet and calendar year (Tokyo), written after its end. Late refunds may lower it for two months."""

    id = PublicIdField("tst", primary_key=True, editable=False)
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    year = models.PositiveSmallIntegerField(_("year"))
    spent_minor = models.BigIntegerField(_("spent (yen)"))
    tier = models.CharField(_("tier"), max_length=10, choices=TierName)
    reviewed_at = models.DateTimeField(_("reviewed at"))
    told_at = models.DateTimeField(_("told at"), null=True)
    """When its owner was told by mail."""

    class Meta:
        verbose_name, verbose_name_plural = _("tier of a year"), _("tiers of a year")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="points_standing_once", fields=["wallet_id", "year"]),
            models.CheckConstraint(name="points_standing_spent", condition=Q(spent_minor__gte=0)),
        ]
        indexes = [
            models.Index(
                name="points_standing_untold",
                fields=["year", "id"],
                condition=Q(told_at__isnull=True) & ~Q(tier=TierName.MEMBER),
            )
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.year} {self.tier}"
