"""What a customer allows to be paid from the wallet. A wallet without rows allows whatever its passkey approves."""

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.categories import Category
from accounts.models.customer import Wallet
from accounts.rules import Rules, ShopRules
from common.ids import PublicIdField


class SpendingRules(models.Model):
    """Limits in whole yen, hours of the day in Tokyo; the meaning of each stands in `accounts.rules`."""

    wallet = models.OneToOneField(
        Wallet, models.PROTECT, primary_key=True, related_name="spending_rules", verbose_name=_("wallet")
    )
    per_payment_minor = models.BigIntegerField(_("limit per payment"), null=True, blank=True)
    per_day_minor = models.BigIntegerField(_("limit per day"), null=True, blank=True)
    per_month_minor = models.BigIntegerField(_("limit per month"), null=True, blank=True)
    hour_from = models.PositiveSmallIntegerField(_("allowed from this hour"), null=True, blank=True)
    hour_to = models.PositiveSmallIntegerField(_("allowed until this hour"), null=True, blank=True)
    blocked_categories = ArrayField(
        models.CharField(max_length=20, choices=Category), verbose_name=_("blocked kinds of shops"), default=list
    )
    ask_me_always = models.BooleanField(_("ask for every payment"), default=False)
    frozen_at = models.DateTimeField(_("wallet frozen at"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    if TYPE_CHECKING:
        wallet_id: str

    class Meta:
        verbose_name, verbose_name_plural = _("rules of a wallet"), _("rules of wallets")
        constraints = [
            models.CheckConstraint(
                name="rules_limits_positive",
                condition=Q(Q(per_payment_minor__isnull=True) | Q(per_payment_minor__gt=0))
                & Q(Q(per_day_minor__isnull=True) | Q(per_day_minor__gt=0))
                & Q(Q(per_month_minor__isnull=True) | Q(per_month_minor__gt=0)),
            ),
            models.CheckConstraint(
                name="rules_hours_are_two_or_none",
                condition=Q(hour_from__isnull=True, hour_to__isnull=True)
                | Q(Q(hour_from__lte=23, hour_to__lte=23) & ~Q(hour_from=F("hour_to"))),
            ),
        ]

    def __str__(self) -> str:
        return self.wallet_id

    def as_values(self) -> Rules:
        return Rules(
            per_payment_minor=self.per_payment_minor,
            per_day_minor=self.per_day_minor,
            per_month_minor=self.per_month_minor,
            hour_from=self.hour_from,
            hour_to=self.hour_to,
            blocked_categories=frozenset(self.blocked_categories),
            ask_me_always=self.ask_me_always,
        )


class ShopRule(models.Model):
    """What the customer allows one merchant, at all of its shops."""

    id = PublicIdField("shr", primary_key=True, editable=False)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="shop_rules", verbose_name=_("wallet"))
    merchant_id = models.CharField(_("merchant"), max_length=31)
    blocked = models.BooleanField(_("blocked"), default=False)
    per_payment_minor = models.BigIntegerField(_("limit per payment"), null=True, blank=True)
    per_month_minor = models.BigIntegerField(_("limit per month"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name, verbose_name_plural = _("rule for one shop"), _("rules for one shop")
        constraints = [
            models.UniqueConstraint(name="shop_rule_once", fields=["wallet", "merchant_id"]),
            models.CheckConstraint(
                name="shop_rule_limits_positive",
                condition=Q(Q(per_payment_minor__isnull=True) | Q(per_payment_minor__gt=0))
                & Q(Q(per_month_minor__isnull=True) | Q(per_month_minor__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.merchant_id}"

    def as_values(self) -> ShopRules:
        return ShopRules(
            blocked=self.blocked, per_payment_minor=self.per_payment_minor, per_month_minor=self.per_month_minor
        )
