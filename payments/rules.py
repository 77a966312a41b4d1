"""The customer's own rules, held against one payment. Pure: rules, amounts and an instant in, the broken ones out.

What counts as used is the whole amount of each payment, points included, from its approval on: also while nobody knows
what became of it, and also after a refund. What was declined, canceled or let go does not count. Days and months are
Tokyo's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.categories import Category, categories_of
from accounts.rules import RulesView
from common.clock import TOKYO
from common.money import yen


class Rule(models.TextChoices):
    """In the order in which a customer should hear of them: what stops everything comes first."""

    WALLET_FROZEN = "wallet_frozen", _("Frozen wallet")
    """One button; nothing is approved and no grant is charged."""
    SHOP_BLOCKED = "shop_blocked", _("Blocked shop")
    """The customer does not want to pay this merchant at all."""
    ASK_ME_ALWAYS = "ask_me_always", _("Ask me always")
    """Only what a passkey approves passes; a charge by a grant never does."""
    CATEGORY = "category", _("Blocked kind of shop")
    """The merchant's category code lies in a group that the customer blocked."""
    HOURS = "hours", _("Hours")
    """Outside the hours of the day in which the customer allows payments."""
    PER_PAYMENT = "per_payment", _("Limit per payment")
    """This payment alone is too much."""
    SHOP_PER_PAYMENT = "shop_per_payment", _("Limit per payment at this shop")
    """The same, for this merchant only."""
    PER_DAY = "per_day", _("Limit per day")
    """Together with what was approved since midnight in Tokyo it is too much."""
    PER_MONTH = "per_month", _("Limit per month")
    """Together with what was approved since the first of the month in Tokyo it is too much."""
    SHOP_PER_MONTH = "shop_per_month", _("Limit per month at this shop")
    """The same, for this merchant only."""


@dataclass(frozen=True, slots=True)
class Used:
    """What was approved since midnight, since the first of the month, and of the latter at this merchant."""

    day_minor: int = 0
    month_minor: int = 0
    shop_month_minor: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """`facts` are for the customer's eyes only: limits and sums in yen, hours, the name of a category."""

    rule: Rule
    facts: Mapping[str, str | int]

    @property
    def sentence(self) -> str:
        return rule_sentence(self.rule, self.facts)


_SENTENCES: Final[Mapping[Rule, str | Promise]] = {
    Rule.WALLET_FROZEN: _("Your wallet is frozen: nothing can be paid from it until you unfreeze it."),
    Rule.SHOP_BLOCKED: _("You have blocked this shop."),
    Rule.ASK_ME_ALWAYS: _("You want to be asked for every payment, so no shop can charge by itself."),
    Rule.CATEGORY: _("You have blocked this kind of shop: {category}."),
    Rule.HOURS: _("You allow payments only between {hour_from}:00 and {hour_to}:00 (Tokyo)."),
    Rule.PER_PAYMENT: _("This is over your limit of {limit} per payment."),
    Rule.SHOP_PER_PAYMENT: _("This is over your limit of {limit} per payment at this shop."),
    Rule.PER_DAY: _("This is over your limit of {limit} per day; {used} used today."),
    Rule.PER_MONTH: _("This is over your limit of {limit} per month; {used} used this month."),
    Rule.SHOP_PER_MONTH: _("This is over your limit of {limit} per month at this shop; {used} used this month."),
}


def rule_sentence(rule: str, facts: Mapping[str, str | int]) -> str:
    """Which rule it was, and its figures, for the customer, in the language of the moment."""
    words: dict[str, object] = dict(facts)
    words |= {name: yen(int(facts[name])) for name in ("limit", "used") if name in facts}
    if "category" in facts:
        words["category"] = Category(str(facts["category"])).label
    return str(_SENTENCES[Rule(rule)]).format(**words)


def broken_rules(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    view: RulesView,
    *,
    amount_minor: int,
    merchant_id: str,
    category_code: str,
    used: Used,
    by_grant: bool,
    now: datetime,
) -> list[Broken]:
    """Every rule that stands against this payment, the most telling first; none for one that may pass."""
    return [
        *_brakes(view, merchant_id=merchant_id, category_code=category_code, by_grant=by_grant),
        *_hours(view, now=now),
        *_limits(view, amount_minor=amount_minor, merchant_id=merchant_id, used=used),
    ]


def broken_by_permission(view: RulesView, *, merchant_id: str, category_code: str) -> list[Broken]:
    """Every rule because of which no charge under a permission for this merchant would pass at all. Amounts and hours
    are not among them: they are looked at charge by charge.
    """
    return [*_brakes(view, merchant_id=merchant_id, category_code=category_code, by_grant=True)]


def _brakes(view: RulesView, *, merchant_id: str, category_code: str, by_grant: bool) -> Iterator[Broken]:
    rules = view.rules
    if view.frozen_at is not None:
        yield Broken(Rule.WALLET_FROZEN, {})
    if view.at(merchant_id).blocked:
        yield Broken(Rule.SHOP_BLOCKED, {})
    if by_grant and rules.ask_me_always:
        yield Broken(Rule.ASK_ME_ALWAYS, {})
    for category in sorted(rules.blocked_categories & categories_of(category_code)):
        yield Broken(Rule.CATEGORY, {"category": category})


def _hours(view: RulesView, *, now: datetime) -> Iterator[Broken]:
    rules = view.rules
    if rules.hour_from is not None and rules.hour_to is not None and not rules.is_open(now):
        yield Broken(Rule.HOURS, {"hour_from": rules.hour_from, "hour_to": rules.hour_to})


def _limits(view: RulesView, *, amount_minor: int, merchant_id: str, used: Used) -> Iterator[Broken]:
    rules, here = view.rules, view.at(merchant_id)
    for rule, limit in ((Rule.PER_PAYMENT, rules.per_payment_minor), (Rule.SHOP_PER_PAYMENT, here.per_payment_minor)):
        if limit is not None and amount_minor > limit:
            yield Broken(rule, {"limit": limit})
    for rule, limit, spent in (
        (Rule.PER_DAY, rules.per_day_minor, used.day_minor),
        (Rule.PER_MONTH, rules.per_month_minor, used.month_minor),
        (Rule.SHOP_PER_MONTH, here.per_month_minor, used.shop_month_minor),
    ):
        if limit is not None and spent + amount_minor > limit:
            yield Broken(rule, {"limit": limit, "used": spent})


def day_begins(now: datetime) -> datetime:
    """Midnight in Tokyo."""
    return now.astimezone(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)


def month_begins(now: datetime) -> datetime:
    return day_begins(now).replace(day=1)
