"""A merchant's campaign: its terms, every version of them, and what it gave to whom."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.actors import Actor
from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money, pts, yen
from common.states import TransitionRefused, next_state
from points.campaigns import MOST_BASIS_POINTS, Terms
from points.errors import CampaignNotFound
from points.states import CAMPAIGN_TRANSITIONS, CampaignKind, CampaignStatus, Combining, Weekday

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MOST_NAMED = 100
"""How many skus, or categories, the terms may name."""


class CampaignTerms(models.Model):
    """The columns of `Terms`, for the campaign as it is now and for each version that it had."""

    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=5, choices=CampaignKind)
    rate_basis_points = models.PositiveSmallIntegerField(_("rate (1/100 %)"), null=True, blank=True)
    points_minor = models.BigIntegerField(_("fixed points"), null=True, blank=True)
    minimum_spend_minor = models.BigIntegerField(_("minimum spend in yen"), default=0)
    skus = ArrayField(models.CharField(max_length=64), default=list, blank=True, verbose_name=_("items (SKU)"))
    categories = ArrayField(models.CharField(max_length=64), default=list, blank=True, verbose_name=_("categories"))
    first_purchase_only = models.BooleanField(_("first purchase only"), default=False)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_before = models.DateField(_("ends before"), null=True, blank=True)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday), default=list, blank=True, verbose_name=_("weekdays")
    )
    most_points_per_customer_minor = models.BigIntegerField(_("most points per customer"), null=True, blank=True)
    most_purchases_per_customer = models.PositiveIntegerField(_("most purchases per customer"), null=True, blank=True)
    most_purchases = models.PositiveIntegerField(_("most purchases"), null=True, blank=True)
    budget_minor = models.BigIntegerField(_("budget in yen"))
    combining = models.CharField(
        _("beside other campaigns"), max_length=7, choices=Combining, default=Combining.ADDS_UP
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_gives_by_its_kind",
                condition=Q(
                    kind=CampaignKind.RATE,
                    rate_basis_points__gte=1,
                    rate_basis_points__lte=MOST_BASIS_POINTS,
                    points_minor=None,
                )
                | Q(kind=CampaignKind.FIXED, points_minor__gte=1, rate_basis_points=None),
            ),
            # Five times the points is what 20 % are taken of.
            models.CheckConstraint(
                name="%(class)s_fixed_within_a_fifth",
                condition=Q(points_minor=None) | Q(minimum_spend_minor__gte=F("points_minor") * 5),
            ),
            models.CheckConstraint(name="%(class)s_budget_positive", condition=Q(budget_minor__gte=1)),
            models.CheckConstraint(
                name="%(class)s_items_or_categories", condition=Q(skus__len=0) | Q(categories__len=0)
            ),
            models.CheckConstraint(
                name="%(class)s_has_a_day",
                condition=Q(starts_on=None) | Q(ends_before=None) | Q(ends_before__gt=F("starts_on")),
            ),
        ]

    @property
    def terms(self) -> Terms:
        most_points = self.most_points_per_customer_minor
        return Terms(
            name=self.name,
            kind=CampaignKind(self.kind),
            budget=yen(self.budget_minor),
            rate_basis_points=self.rate_basis_points,
            points=None if self.points_minor is None else pts(self.points_minor),
            minimum_spend=yen(self.minimum_spend_minor),
            skus=tuple(self.skus),
            categories=tuple(self.categories),
            first_purchase_only=self.first_purchase_only,
            starts_on=self.starts_on,
            ends_before=self.ends_before,
            weekdays=tuple(Weekday(day) for day in self.weekdays),
            most_points_per_customer=None if most_points is None else pts(most_points),
            most_purchases_per_customer=self.most_purchases_per_customer,
            most_purchases=self.most_purchases,
            combining=Combining(self.combining),
        )


def columns_of(terms: Terms) -> dict[str, Any]:
    """The same terms as columns: an amount stands in its own, in minor units."""
    amounts = ("budget", "points", "minimum_spend", "most_points_per_customer")
    columns: dict[str, Any] = {}
    for one in fields(terms):
        value = getattr(terms, one.name)
        if one.name in amounts:
            columns[f"{one.name}_minor"] = None if value is None else value.minor
        else:
            columns[one.name] = list(value) if isinstance(value, tuple) else value
    return columns


class Campaign(CampaignTerms):
    """`used_minor` is what it gave and was not taken back since, `purchases` for how many payments: both are changed
    under the row's lock only, and the table itself keeps them within the budget.
    """

    id = PublicIdField("cmp", primary_key=True, editable=False)
    merchant_id = PublicIdField("mer", verbose_name=_("merchant"))
    """Whose campaign it is, and who pays for its points."""
    status = models.CharField(_("status"), max_length=9, choices=CampaignStatus, default=CampaignStatus.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    used_minor = models.BigIntegerField(_("points given"), default=0)
    purchases = models.PositiveIntegerField(_("purchases"), default=0)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    """When it was first started."""
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))

    if TYPE_CHECKING:
        versions: RelatedManager["CampaignVersion"]
        uses: RelatedManager["CampaignUse"]
        earnings: RelatedManager["CampaignEarning"]

    class Meta(CampaignTerms.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("points campaign"), _("points campaigns")
        ordering = ["-id"]
        constraints = [
            *CampaignTerms.Meta.constraints,
            models.CheckConstraint(
                name="campaign_within_its_budget", condition=Q(used_minor__gte=0, used_minor__lte=F("budget_minor"))
            ),
            models.CheckConstraint(
                name="campaign_within_its_purchases",
                condition=Q(most_purchases=None) | Q(purchases__lte=F("most_purchases")),
            ),
            models.CheckConstraint(
                name="campaign_ended_says_when",
                condition=Q(status=CampaignStatus.ENDED, ended_at__isnull=False)
                | (~Q(status=CampaignStatus.ENDED) & Q(ended_at=None)),
            ),
        ]
        indexes = [
            models.Index(name="campaign_of_merchant", fields=["merchant_id", "-id"]),
            models.Index(
                name="campaign_that_will_start", fields=["starts_on"], condition=Q(status=CampaignStatus.SCHEDULED)
            ),
            models.Index(
                name="campaign_that_will_end",
                fields=["ends_before"],
                condition=Q(ends_before__isnull=False) & ~Q(status__in=[CampaignStatus.DRAFT, CampaignStatus.ENDED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status} v{self.version}"

    # Factories

    @classmethod
    def locked(cls, campaign_id: str) -> "Campaign":
        found = cls.locked_all([campaign_id])
        if not found:
            raise CampaignNotFound
        return found[0]

    @classmethod
    def locked_all(cls, campaign_ids: Collection[str]) -> list["Campaign"]:
        """The rows, locked in id order, so that two hands wait for each other and never in a circle."""
        rows = cls.objects.select_for_update(no_key=True).filter(pk__in=campaign_ids)
        return list(rows.order_by("id"))

    # Mutators

    def move(self, verb: str, *, by: Actor, now: datetime, **facts: Any) -> None:
        """To the state that `verb` leads to, as a new version. Call with the row locked."""
        old = CampaignStatus(self.status)
        new = next_state(CAMPAIGN_TRANSITIONS, old, verb)
        self._set(verb, {**facts, "status": new})
        self.remember(verb, old=old, by=by, now=now)

    def change(self, terms: Terms, *, by: Actor, now: datetime) -> None:
        """Other terms in the same state, as a new version. Call with the row locked."""
        self._set("change", columns_of(terms))
        self.remember("change", old=self.status, by=by, now=now)

    def remember(self, verb: str, *, old: str, by: Actor, now: datetime) -> None:
        CampaignVersion.objects.create(
            campaign=self,
            number=self.version,
            old=old,
            status=self.status,
            verb=verb,
            by=by.ref,
            at=now,
            **columns_of(self.terms),
        )

    def _set(self, verb: str, facts: dict[str, Any]) -> None:
        facts["version"] = self.version + 1
        same = Campaign.objects.filter(pk=self.pk, status=self.status, version=self.version)
        if same.update(**facts) != 1:
            raise TransitionRefused(current=CampaignStatus(self.status), verb=verb)  # somebody else was faster
        for name, value in facts.items():
            setattr(self, name, value)

    def count(self, points: Money, *, purchases: int) -> None:
        """So many points and purchases more, or fewer. Call with the row locked; nobody gets past the budget."""
        fits = Q(used_minor__lte=F("budget_minor") - points.minor) if points > pts(0) else Q()
        counted = Campaign.objects.filter(fits, pk=self.pk)
        more = {"used_minor": F("used_minor") + points.minor, "purchases": F("purchases") + purchases}
        if counted.update(**more) != 1:
            raise TransitionRefused(current=CampaignStatus(self.status), verb="give")
        self.used_minor += points.minor
        self.purchases += purchases

    # Properties

    @property
    def used(self) -> Money:
        return pts(self.used_minor)

    @property
    def left(self) -> Money:
        """What is left of the budget, in yen."""
        return yen(self.budget_minor - self.used_minor)

    @property
    def is_exhausted(self) -> bool:
        """Nobody can get anything more, whether or not it says so already."""
        return self.used_minor >= self.budget_minor or self.purchases == self.most_purchases


class CampaignVersion(CampaignTerms, AppendOnlyModel):
    """Which terms were in force from `at` on, and in which state the campaign was. A purchase is judged by the version
    of its capture, however late it is heard of. Only added to.
    """

    pk = models.CompositePrimaryKey("campaign_id", "number")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="versions", verbose_name=_("points campaign"))
    number = models.PositiveIntegerField(_("version"))
    old = models.CharField(_("status before"), max_length=9, choices=CampaignStatus, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=CampaignStatus)
    verb = models.CharField(_("verb"), max_length=10)
    by = models.CharField(_("done by"), max_length=31)
    at = models.DateTimeField(_("done at"))

    if TYPE_CHECKING:
        campaign_id: str

    class Meta(CampaignTerms.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("version of a campaign"), _("versions of campaigns")

    def __str__(self) -> str:
        return f"{self.campaign_id} v{self.number} {self.status}"


class CampaignUse(models.Model):
    """How much of a campaign one customer has had. Changed under the campaign's lock only."""

    pk = models.CompositePrimaryKey("campaign_id", "wallet_id")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="uses", verbose_name=_("points campaign"))
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    used_minor = models.BigIntegerField(_("points given"), default=0)
    purchases = models.PositiveIntegerField(_("purchases"), default=0)

    if TYPE_CHECKING:
        campaign_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("use of a campaign"), _("uses of campaigns")
        constraints = [
            models.CheckConstraint(name="campaign_use_not_negative", condition=Q(used_minor__gte=0, purchases__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.wallet_id} {self.used_minor}"

    def count(self, points: Money, *, purchases: int) -> None:
        more = {"used_minor": F("used_minor") + points.minor, "purchases": F("purchases") + purchases}
        CampaignUse.objects.filter(campaign_id=self.campaign_id, wallet_id=self.wallet_id).update(**more)
        self.used_minor += points.minor
        self.purchases += purchases


class CampaignEarning(models.Model):
    """What one campaign gave for one capture, and how much of it refunds have taken back."""

    pk = models.CompositePrimaryKey("campaign_id", "capture_id")
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="earnings", verbose_name=_("points campaign"))
    capture_id = models.CharField(_("capture"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    payment_id = PublicIdField("pay", verbose_name=_("payment"))
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    points_minor = models.BigIntegerField(_("points"))
    taken_minor = models.BigIntegerField(_("points taken back"), default=0)
    captured_at = models.DateTimeField(_("captured at"))

    if TYPE_CHECKING:
        campaign_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("points of a campaign"), _("points of campaigns")
        constraints = [
            models.CheckConstraint(
                name="campaign_earning_taken_within",
                condition=Q(points_minor__gt=0, taken_minor__gte=0, taken_minor__lte=F("points_minor")),
            ),
        ]
        indexes = [
            models.Index(name="campaign_earning_of_capture", fields=["capture_id"]),
            models.Index(name="campaign_earning_of_payment", fields=["campaign", "payment_id"]),
            models.Index(name="campaign_earning_by_day", fields=["campaign", "captured_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.rule_ref} {self.points_minor}"

    @property
    def rule_ref(self) -> str:
        """How the lot names what it was given for."""
        return f"{self.campaign_id}:{self.version}"

    @property
    def points(self) -> Money:
        return pts(self.points_minor)

    @property
    def taken(self) -> Money:
        return pts(self.taken_minor)
