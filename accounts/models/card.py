"""A card as its owner sees it: brand, last four, state. There is no number in it."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import Customer, Wallet
from accounts.states import CARD_TRANSITIONS, CardAttention, CardStatus, SecurityCodeResult, TryOutcome
from common.actors import Actor
from common.append_only import AppendOnlyModel
from common.clock import business_date
from common.ids import PublicIdField
from common.states import move_row


class Card(models.Model):
    id = PublicIdField("card", primary_key=True, editable=False)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="cards", verbose_name=_("wallet"))
    card_token = models.CharField(max_length=40)
    brand = models.CharField(_("brand"), max_length=20)
    last4 = models.CharField(_("last four"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("expiry month"))
    exp_year = models.PositiveSmallIntegerField(_("expiry year"))
    nickname = models.CharField(_("nickname"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=CardStatus, default=CardStatus.USABLE)
    is_default = models.BooleanField(_("used first"), default=False)
    attention = models.CharField(
        _("needs attention"), max_length=10, choices=CardAttention, blank=True, default="", db_default=""
    )
    added_at = models.DateTimeField(_("added at"))
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    """When its issuer last vouched for it; cards from before this was noted have none."""
    security_code = models.CharField(
        _("security code at the verification"),
        max_length=12,
        choices=SecurityCodeResult,
        blank=True,
        default="",
        db_default="",
    )
    data_changed_at = models.DateTimeField(_("details changed at"), null=True, blank=True)
    """When number or expiry were last given or corrected: what was declined for old details may be tried again."""
    forget_from = models.DateTimeField(_("to be forgotten from"), null=True)
    """From when on the safe is to be asked to forget the number; while it is being asked, when to ask again."""
    forgetting_began_at = models.DateTimeField(_("forgetting began at"), null=True)
    forgotten_at = models.DateTimeField(_("forgotten by the safe at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("card"), _("cards")
        ordering = ["-is_default", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="card_once_in_a_wallet", fields=["card_token"], condition=~Q(status=CardStatus.REMOVED)
            ),
            models.UniqueConstraint(name="card_one_default", fields=["wallet"], condition=Q(is_default=True)),
            models.CheckConstraint(
                name="card_removed_is_no_default", condition=Q(is_default=False) | ~Q(status=CardStatus.REMOVED)
            ),
            models.CheckConstraint(name="card_month_is_one", condition=Q(exp_month__gte=1, exp_month__lte=12)),
        ]
        indexes = [
            models.Index(name="card_to_forget", fields=["forget_from"], condition=Q(forget_from__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last4}"

    # Mutators

    def move(self, verb: str, *, by: Actor, now: datetime, reason: str = "") -> None:
        old = CardStatus(self.status)
        new = move_row(self, CARD_TRANSITIONS, verb, old=old)
        CardStatusChange.objects.create(card=self, old=old, new=new, verb=verb, reason=reason, by=by.ref, at=now)

    # Properties

    def is_expired(self, *, now: datetime) -> bool:
        """A card is good until the end of its last month."""
        today = business_date(now)
        return (today.year, today.month) > (self.exp_year, self.exp_month)

    def is_usable(self, *, now: datetime) -> bool:
        closed = self.attention == CardAttention.CLOSED
        return self.status == CardStatus.USABLE and not closed and not self.is_expired(now=now)

    def facts(self) -> dict[str, str]:
        """What events tell about this card."""
        return {"card": self.id, "wallet": self.wallet_id, "brand": self.brand, "last4": self.last4}


class CardStatusChange(AppendOnlyModel):
    id = PublicIdField("cch", primary_key=True, editable=False)
    card = models.ForeignKey(Card, models.PROTECT, related_name="changes", verbose_name=_("card"))
    old = models.CharField(_("state before"), max_length=10, choices=CardStatus)
    new = models.CharField(_("state after"), max_length=10, choices=CardStatus)
    verb = models.CharField(_("verb"), max_length=20)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    by = models.CharField(_("done by"), max_length=40)
    at = models.DateTimeField(_("done at"))

    class Meta:
        verbose_name, verbose_name_plural = _("change of a card"), _("changes of cards")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.card_id} {self.get_old_display()} → {self.get_new_display()}"


class CardTry(models.Model):
    """One try to add a card, kept to notice somebody who tries out stolen numbers."""

    id = PublicIdField("ctr", primary_key=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="card_tries", verbose_name=_("customer"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=TryOutcome, default=TryOutcome.ASKED)
    at = models.DateTimeField(_("tried at"))

    class Meta:
        verbose_name, verbose_name_plural = _("try to add a card"), _("tries to add a card")
        indexes = [models.Index(name="card_tries_of_customer", fields=["customer", "at"])]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.get_outcome_display()}"
