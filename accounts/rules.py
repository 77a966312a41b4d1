"""A customer's own rules as values: what may be written down, and whether a change makes them looser. Pure.

Limits are whole yen, None where there is none. Hours are hours of the day in Tokyo in which paying is allowed, from
the first to before the second; they may pass midnight (22 to 6).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from accounts.categories import Category
from accounts.errors import RulesNotPossible
from common.clock import TOKYO
from common.money import MOST_MINOR

HOURS: Final = range(24)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds at every shop. Fresh, it forbids nothing."""

    per_payment_minor: int | None = None
    per_day_minor: int | None = None
    per_month_minor: int | None = None
    hour_from: int | None = None
    hour_to: int | None = None
    blocked_categories: frozenset[str] = frozenset()
    ask_me_always: bool = False

    def is_open(self, now: datetime) -> bool:
        """Whether `now` lies in the hours in which paying is allowed."""
        return now.astimezone(TOKYO).hour in self.open_hours()

    def open_hours(self) -> frozenset[int]:
        if self.hour_from is None or self.hour_to is None:
            return frozenset(HOURS)
        hours = (self.hour_to - self.hour_from) % 24
        return frozenset((self.hour_from + step) % 24 for step in range(hours))


@dataclass(frozen=True, slots=True)
class ShopRules:
    """What holds at one merchant, at all of its shops. Fresh, it forbids nothing."""

    blocked: bool = False
    per_payment_minor: int | None = None
    per_month_minor: int | None = None


ANY_SHOP: Final = ShopRules()


@dataclass(frozen=True, slots=True)
class RulesView:
    """All the rules of one wallet; `shops` by merchant id."""

    rules: Rules = Rules()
    frozen_at: datetime | None = None
    """Since when everything of this wallet stands still."""
    shops: Mapping[str, ShopRules] = field(default_factory=dict)

    def at(self, merchant_id: str) -> ShopRules:
        return self.shops.get(merchant_id, ANY_SHOP)


def loosened(before: Rules, after: Rules) -> list[str]:
    """The names of the rules that would allow more than before; empty for a change that only tightens."""
    return [*_loosened(before, after)]


def shop_loosened(before: ShopRules, after: ShopRules) -> list[str]:
    """The same for the rules at one merchant."""
    return [*_shop_loosened(before, after)]


def refuse_impossible(rules: Rules) -> None:
    """Refuses RulesNotPossible."""
    _refuse_limits(rules.per_payment_minor, rules.per_day_minor, rules.per_month_minor)
    hours = {rules.hour_from, rules.hour_to}
    if hours != {None} and (len(hours) != 2 or not hours <= set(HOURS)):
        raise RulesNotPossible
    if not rules.blocked_categories <= set(Category.values):
        raise RulesNotPossible


def refuse_impossible_at_shop(rules: ShopRules) -> None:
    """Refuses RulesNotPossible."""
    _refuse_limits(rules.per_payment_minor, rules.per_month_minor)


def _refuse_limits(*limits: int | None) -> None:
    if any(limit is not None and not 0 < limit <= MOST_MINOR for limit in limits):
        raise RulesNotPossible


def _loosened(before: Rules, after: Rules) -> Iterator[str]:
    for name in ("per_payment_minor", "per_day_minor", "per_month_minor"):
        if _raised(getattr(before, name), getattr(after, name)):
            yield name
    if not after.open_hours() <= before.open_hours():
        yield "hours"
    if not before.blocked_categories <= after.blocked_categories:
        yield "blocked_categories"
    if before.ask_me_always and not after.ask_me_always:
        yield "ask_me_always"


def _shop_loosened(before: ShopRules, after: ShopRules) -> Iterator[str]:
    if before.blocked and not after.blocked:
        yield "blocked"
    for name in ("per_payment_minor", "per_month_minor"):
        if _raised(getattr(before, name), getattr(after, name)):
            yield name


def _raised(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)
