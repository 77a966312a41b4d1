"""The operator's frame for all points, version by version."""

from datetime import UTC, datetime
from typing import ClassVar, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel

ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""From when the first version counts: before anybody could buy anything."""


class PointsProgram(AppendOnlyModel):
    """What counts at a moment is the newest version that has taken effect by then; a purchase is judged by the one at
    its capture. Only added to, so anybody can say later why a purchase earned what it earned.
    """

    TERMS: ClassVar = (
        "earn_basis_points",
        "expiry_months",
        "return_window_days",
        "most_basis_points",
        "most_owed_minor",
        "grace_days",
        "reauth_above_minor",
        "gift_least",
        "gift_most_minor",
        "gift_most_per_day",
        "gift_most_per_month_minor",
        "gift_cooling_hours",
        "new_passkey_hold_days",
        "family_most_members",
        "silver_from_minor",
        "silver_extra_basis_points",
        "gold_from_minor",
        "gold_extra_basis_points",
        "platinum_from_minor",
        "platinum_extra_basis_points",
    )
    """What a change may change."""

    number = models.PositiveIntegerField(_("number"), primary_key=True, default=1, editable=False)
    effective_from = models.DateTimeField(_("effective from"), default=ALWAYS)
    changed_by = models.CharField(_("changed by"), max_length=40, blank=True, default="")
    earn_basis_points = models.PositiveSmallIntegerField(_("earn rate (1/100 %)"), default=100)
    """What a purchase earns, in hundredths of a percent of its money part, rounded down."""
    expiry_months = models.PositiveSmallIntegerField(_("lasts (months)"), default=12)
    """How long points live: to the end of the month in which the day they became spendable comes round again."""
    return_window_days = models.PositiveSmallIntegerField(_("return window (days)"), default=14)
    """The least time for which points stay pending; a shop with a longer return window makes them wait longer."""
    most_basis_points = models.PositiveSmallIntegerField(_("most on one purchase (1/100 %)"), default=2_000)
    """All that one purchase earns together; on less than ¥1,000 it is what ¥1,000 would allow."""
    most_owed_minor = models.PositiveIntegerField(_("most points owed by one wallet"), default=10_000)
    """How far a wallet may go below zero when points that were spent have to be taken back."""
    grace_days = models.PositiveSmallIntegerField(_("grace for points that come back (days)"), default=30)
    """How long points stay that a refund gives back after their expiry."""
    reauth_above_minor = models.PositiveIntegerField(_("confirm again above (points)"), default=10_000)
    """Spending more than this asks for a sign-in of a moment ago."""
    gift_least = models.PositiveIntegerField(_("least gift (points)"), default=1)
    gift_most_minor = models.PositiveIntegerField(_("most in one gift (points)"), default=50_000)
    gift_most_per_day = models.PositiveSmallIntegerField(_("gifts a day"), default=3)
    gift_most_per_month_minor = models.PositiveIntegerField(_("most given in a month (points)"), default=100_000)
    gift_cooling_hours = models.PositiveSmallIntegerField(_("a gift can be called back for (hours)"), default=24)
    new_passkey_hold_days = models.PositiveSmallIntegerField(_("no gifts after a new passkey (days)"), default=3)
    family_most_members = models.PositiveSmallIntegerField(_("most members of a family"), default=6)
    silver_from_minor = models.PositiveIntegerField(_("Silver from a yearly spend of (yen)"), default=300_000)
    silver_extra_basis_points = models.PositiveSmallIntegerField(_("extra rate of Silver (1/100 %)"), default=25)
    """What a tier adds to the base rate. The commerce pays for it, not the shop."""
    gold_from_minor = models.PositiveIntegerField(_("Gold from a yearly spend of (yen)"), default=600_000)
    gold_extra_basis_points = models.PositiveSmallIntegerField(_("extra rate of Gold (1/100 %)"), default=50)
    platinum_from_minor = models.PositiveIntegerField(_("Platinum from a yearly spend of (yen)"), default=1_200_000)
    platinum_extra_basis_points = models.PositiveSmallIntegerField(_("extra rate of Platinum (1/100 %)"), default=100)

    class Meta:
        verbose_name, verbose_name_plural = _("points program"), _("points programs")
        ordering = ["number"]
        constraints = [
            # The give-away cap of the premiums act is 20 %.
            models.CheckConstraint(
                name="points_program_earn_cap",
                condition=Q(earn_basis_points__lte=models.F("most_basis_points"), most_basis_points__lte=2_000),
            ),
            models.CheckConstraint(name="points_program_lives", condition=Q(expiry_months__gte=1)),
            models.CheckConstraint(
                name="points_program_tiers_rise",
                condition=Q(
                    silver_from_minor__gte=1,
                    gold_from_minor__gt=models.F("silver_from_minor"),
                    platinum_from_minor__gt=models.F("gold_from_minor"),
                    gold_extra_basis_points__gte=models.F("silver_extra_basis_points"),
                    platinum_extra_basis_points__gte=models.F("gold_extra_basis_points"),
                    platinum_extra_basis_points__lte=models.F("most_basis_points"),
                ),
            ),
            models.CheckConstraint(
                name="points_program_gift", condition=Q(gift_least__gte=1, gift_most_minor__gte=models.F("gift_least"))
            ),
        ]

    def __str__(self) -> str:
        return f"program:{self.number}"

    @classmethod
    def at(cls, moment: datetime) -> Self:
        """The newest version that has taken effect by then; the defaults where there is none."""
        return cls.objects.filter(effective_from__lte=moment).order_by("number").last() or cls()

    @property
    def rule_ref(self) -> str:
        return f"program:{self.number}"
