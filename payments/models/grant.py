"""A customer's permission to one shop, and its history."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.actors import Actor
from common.append_only import AppendOnlyModel
from common.clock import business_date
from common.ids import PublicIdField
from common.money import Money
from common.states import TransitionRefused, next_state
from payments.errors import GrantNotFound
from payments.periods import Period, period_of
from payments.states import GRANT_TRANSITIONS, GrantEnd, GrantKind, GrantPeriod, GrantStatus

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from payments.models.payment import Payment

ID_LENGTH = 31


class Grant(models.Model):
    """Whose it is, is not known before a passkey signs it: until then it has no customer, no wallet and no card.

    `used_minor` is what the payments of the period that begins on `period_began` have captured or reserved; of a grant
    for one payment, what that payment has. It is changed under the row's lock only.
    """

    id = PublicIdField("grt", primary_key=True, editable=False)
    merchant = models.ForeignKey("merchants.Merchant", models.PROTECT, related_name="+", verbose_name=_("merchant"))
    shop = models.ForeignKey("merchants.Shop", models.PROTECT, related_name="+", verbose_name=_("shop"))
    customer_id = models.CharField(_("customer"), max_length=ID_LENGTH, blank=True, default="")
    wallet_id = models.CharField(_("wallet"), max_length=ID_LENGTH, blank=True, default="")
    card_id = models.CharField(_("card"), max_length=ID_LENGTH, blank=True, default="")
    card_brand = models.CharField(_("card brand"), max_length=20, blank=True, default="")
    card_last4 = models.CharField(_("last four"), max_length=4, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=10, choices=GrantKind)
    status = models.CharField(_("status"), max_length=10, choices=GrantStatus, default=GrantStatus.REQUESTED)
    ended_why = models.CharField(_("why it ended"), max_length=20, choices=GrantEnd, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3)
    limit_per_payment_minor = models.BigIntegerField(_("limit per payment in minor units"))
    limit_per_period_minor = models.BigIntegerField(_("limit per period in minor units"), null=True, blank=True)
    period = models.CharField(_("period"), max_length=5, choices=GrantPeriod, default=GrantPeriod.NONE)
    until = models.DateField(_("last day"))
    """In Tokyo; on this day it may still be charged."""
    used_minor = models.BigIntegerField(_("used in minor units"), default=0)
    period_began = models.DateField(_("period began on"), null=True, blank=True)
    first_network_reference = models.CharField(
        _("network reference of the first payment"), max_length=40, blank=True, default=""
    )
    description = models.CharField(_("description"), max_length=500, blank=True, default="")
    merchant_reference = models.CharField(_("merchant reference"), max_length=255)
    return_url = models.CharField(_("return URL"), max_length=2_000)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    expires_at = models.DateTimeField(_("to be answered before"))
    created_at = models.DateTimeField(_("created at"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    if TYPE_CHECKING:
        merchant_id: str
        shop_id: str
        changes: RelatedManager["GrantChange"]
        payments: RelatedManager[Payment]

    class Meta:
        verbose_name, verbose_name_plural = _("grant"), _("grants")
        constraints = [
            models.UniqueConstraint(name="grant_reference_once", fields=["merchant", "merchant_reference"]),
            models.CheckConstraint(
                name="grant_limits_fit_its_kind",
                condition=Q(limit_per_payment_minor__gt=0)
                & (
                    Q(kind=GrantKind.ONE_TIME, period=GrantPeriod.NONE, limit_per_period_minor=None)
                    | (
                        Q(kind=GrantKind.RECURRING, limit_per_period_minor__gte=F("limit_per_payment_minor"))
                        & ~Q(period=GrantPeriod.NONE)
                    )
                ),
            ),
            models.CheckConstraint(name="grant_used_not_negative", condition=Q(used_minor__gte=0)),
            models.CheckConstraint(
                name="grant_ended_says_why",
                condition=(Q(status=GrantStatus.ENDED) & ~Q(ended_why="") & Q(ended_at__isnull=False))
                | (~Q(status=GrantStatus.ENDED) & Q(ended_why="", ended_at=None)),
            ),
            models.CheckConstraint(
                name="grant_of_somebody_once_approved",
                condition=~Q(status__in=[GrantStatus.ACTIVE, GrantStatus.PAUSED])
                | (~Q(customer_id="") & ~Q(card_id="") & Q(approved_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="grant_of_merchant", fields=["merchant", "-id"]),
            models.Index(name="grant_of_customer", fields=["customer_id", "-id"], condition=~Q(customer_id="")),
            models.Index(
                name="grant_request_waiting", fields=["expires_at"], condition=Q(status=GrantStatus.REQUESTED)
            ),
            models.Index(
                name="grant_that_will_expire",
                fields=["until"],
                condition=Q(status__in=[GrantStatus.ACTIVE, GrantStatus.PAUSED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    # Factories

    @classmethod
    def locked(cls, grant_id: str) -> "Grant":
        """The row, read again under its lock: whatever changes a grant, and every charge, waits here for its turn."""
        rows = cls.objects.select_for_update(no_key=True, of=("self",)).select_related("merchant", "shop")
        grant = rows.filter(pk=grant_id).first()
        if grant is None:
            raise GrantNotFound
        return grant

    # Mutators

    def move(self, verb: str, *, by: Actor, now: datetime, why: str = "", **facts: Any) -> None:
        """To the state that `verb` leads to, and remember it; `facts` are columns that change with it."""
        old = GrantStatus(self.status)
        new = next_state(GRANT_TRANSITIONS, old, verb)
        if new == GrantStatus.ENDED:
            facts |= {"ended_why": why, "ended_at": now}
        self._set(verb, now=now, facts={**facts, "status": new})
        self.remember(verb, old=old, why=why, by=by, now=now)

    def note(self, verb: str, *, by: Actor, now: datetime, **facts: Any) -> None:
        """Change terms while the state stays: a new version and a line of history all the same."""
        self._set(verb, now=now, facts=facts)
        self.remember(verb, old=self.status, by=by, now=now)

    def remember(self, verb: str, *, old: str, why: str = "", by: Actor, now: datetime) -> None:
        GrantChange.objects.create(
            grant=self,
            version=self.version,
            old=old,
            new=self.status,
            verb=verb,
            why=why,
            terms=self.terms(),
            by=by.ref,
            at=now,
        )

    def _set(self, verb: str, *, now: datetime, facts: dict[str, Any]) -> None:
        facts |= {"version": self.version + 1, "updated_at": now}
        same = Grant.objects.filter(pk=self.pk, status=self.status, version=self.version)
        if same.update(**facts) != 1:
            raise TransitionRefused(current=GrantStatus(self.status), verb=verb)  # somebody else was faster
        for name, value in facts.items():
            setattr(self, name, value)

    def reserve(self, amount: Money, *, now: datetime) -> None:
        """Set `amount` aside within the limits. The caller holds the lock, and has looked that it fits."""
        period = self.period_on(business_date(now))
        began = period.begin if period else None
        facts = {"used_minor": self.used_now(now=now).minor + amount.minor, "period_began": began}
        Grant.objects.filter(pk=self.pk).update(**facts)
        for name, value in facts.items():
            setattr(self, name, value)

    def recount(self, difference_minor: int, *, of: datetime) -> None:
        """A payment of the instant `of` counts for more or less than before; what is past is not counted any more."""
        period = self.period_on(business_date(of))
        counted = Grant.objects.filter(pk=self.pk, period_began=period.begin if period else None)
        counted.update(used_minor=F("used_minor") + difference_minor)

    # Properties

    @property
    def limit_per_payment(self) -> Money:
        return Money(self.limit_per_payment_minor, self.currency)

    @property
    def limit_per_period(self) -> Money | None:
        return None if self.limit_per_period_minor is None else Money(self.limit_per_period_minor, self.currency)

    def terms(self) -> dict[str, Any]:
        return {
            "limit_per_payment": self.limit_per_payment_minor,
            "limit_per_period": self.limit_per_period_minor,
            "until": self.until.isoformat(),
            "card": self.card_id,
        }

    @property
    def is_open(self) -> bool:
        """Approved, and not ended: paused ones too."""
        return self.status in {GrantStatus.ACTIVE, GrantStatus.PAUSED}

    def is_over(self, *, now: datetime) -> bool:
        """Its last day has passed, whether or not that was swept up yet."""
        return business_date(now) > self.until

    def period_on(self, day: date) -> Period | None:
        return period_of(day, GrantPeriod(self.period))

    def used_now(self, *, now: datetime) -> Money:
        """Captured or reserved in the period that `now` lies in."""
        period = self.period_on(business_date(now))
        same = self.period_began == (period.begin if period else None)
        return Money(self.used_minor if same else 0, self.currency)

    def left_now(self, *, now: datetime) -> Money:
        """What may still be charged in this period; never less than nothing, though a limit may have been lowered."""
        most = self.limit_per_payment_minor if self.limit_per_period_minor is None else self.limit_per_period_minor
        return Money(max(most - self.used_now(now=now).minor, 0), self.currency)


class GrantChange(AppendOnlyModel):
    """What the state was before, after which verb of whom it changed, and why. Kept for ever, of ended grants too."""

    pk = models.CompositePrimaryKey("grant_id", "version")
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    old = models.CharField(max_length=10, choices=GrantStatus, blank=True)
    new = models.CharField(max_length=10, choices=GrantStatus)
    verb = models.CharField(max_length=20)
    why = models.CharField(max_length=20, blank=True, default="")
    terms = models.JSONField(default=dict, blank=True)
    """Limits, last day and card as they stood after it."""
    by = models.CharField(max_length=ID_LENGTH)
    at = models.DateTimeField()

    if TYPE_CHECKING:
        grant_id: str

    def __str__(self) -> str:
        return f"{self.grant_id} {self.old} → {self.new}"
