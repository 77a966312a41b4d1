"""The operator's frame for all points: one row."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PointsProgram(models.Model):
    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    earn_basis_points = models.PositiveSmallIntegerField(_("earn rate (1/100 %)"), default=100)
    """What a purchase earns, in hundredths of a percent of its money part, rounded down."""
    expiry_months = models.PositiveSmallIntegerField(_("lasts (months)"), default=12)
    """How long points live, counted from the day they become spendable."""
    return_window_days = models.PositiveSmallIntegerField(_("return window (days)"), default=14)
    """The least time for which points stay pending; a shop with a longer return window makes them wait longer."""

    class Meta:
        verbose_name, verbose_name_plural = _("points program"), _("points programs")
        constraints = [
            models.CheckConstraint(name="points_program_is_one", condition=Q(id=1)),
            # The give-away cap of the premiums act is 20 %.
            models.CheckConstraint(name="points_program_earn_cap", condition=Q(earn_basis_points__lte=2_000)),
            models.CheckConstraint(name="points_program_lives", condition=Q(expiry_months__gte=1)),
        ]

    def __str__(self) -> str:
        return f"PTS {self.earn_basis_points} bp"

    @classmethod
    def current(cls) -> Self:
        """The row that the migration made; its defaults where a table was emptied since."""
        return cls.objects.filter(pk=1).first() or cls()
