"""What a campaign gives for a purchase: pure, in whole yen and whole points, rounded down.

Everything is judged over the purchase so far: what its money up to this capture would give, less what its money before
this capture would have given. So a purchase that is captured in a thousand parts gains nothing by that, and a fixed
campaign gives its points once, with the capture that reaches the minimum spend.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from common.clock import business_date
from common.money import Money, pts, yen
from points.states import CampaignKind, Combining, Weekday

MOST_BASIS_POINTS: Final = 2_000
"""One purchase gives back 20 % at most: the premiums act, and no shop needs more by mistake."""
_NOTHING: Final = pts(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of a campaign promises. An empty list is no condition, and so is a missing limit."""

    name: str
    kind: CampaignKind
    budget: Money
    """The most that all of it may cost, in yen: as many points."""
    rate_basis_points: int | None = None
    points: Money | None = None
    minimum_spend: Money = yen(0)  # noqa: RUF009 (a value, and frozen)
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    first_purchase_only: bool = False
    starts_on: date | None = None
    """The first day, in Tokyo; from the start on when it is missing."""
    ends_before: date | None = None
    """The first day, in Tokyo, that no longer belongs to it."""
    weekdays: tuple[Weekday, ...] = ()
    most_points_per_customer: Money | None = None
    most_purchases_per_customer: int | None = None
    most_purchases: int | None = None
    combining: Combining = Combining.ADDS_UP

    def counts_on(self, day: date) -> bool:
        return self.is_open_on(day) and self.counts_on_weekday(day)

    def is_open_on(self, day: date) -> bool:
        """Half-open: `starts_on` belongs to it, `ends_before` does not."""
        return (self.starts_on is None or self.starts_on <= day) and not self.is_over_on(day)

    def is_over_on(self, day: date) -> bool:
        return self.ends_before is not None and self.ends_before <= day

    def counts_on_weekday(self, day: date) -> bool:
        return not self.weekdays or Weekday.of(day) in self.weekdays


@dataclass(frozen=True, slots=True)
class Purchase:
    """One capture: `base` is the money that it took, `base_before` what earlier captures of the same payment took."""

    base: Money
    base_before: Money
    items: Sequence[Mapping[str, Any]]
    captured_at: datetime
    is_first: Callable[[], bool]
    """Whether the customer had bought nothing at this shop before; asked only when a campaign wants to know."""

    @property
    def day(self) -> date:
        return business_date(self.captured_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign at the moment of a purchase: the terms in force, and what it gave so far."""

    campaign_id: str
    version: int
    terms: Terms
    used: Money = _NOTHING
    purchases: int = 0
    used_by_customer: Money = _NOTHING
    purchases_by_customer: int = 0
    is_counted: bool = False
    """This payment got something from it before, and is among its purchases already."""

    @property
    def left(self) -> Money:
        """What it can still give for this payment; the last one takes what is left."""
        terms, one_more = self.terms, 0 if self.is_counted else 1
        by_customer = 1 if terms.first_purchase_only else terms.most_purchases_per_customer
        if terms.most_purchases is not None and self.purchases + one_more > terms.most_purchases:
            return _NOTHING
        if by_customer is not None and self.purchases_by_customer + one_more > by_customer:
            return _NOTHING
        left = pts(terms.budget.minor) - self.used
        if terms.most_points_per_customer is not None:
            left = min(left, terms.most_points_per_customer - self.used_by_customer)
        return max(left, _NOTHING)


@dataclass(frozen=True, slots=True)
class Award:
    """So many points of this version of this campaign."""

    campaign_id: str
    version: int
    points: Money


def may_give(terms: Terms, purchase: Purchase) -> bool:
    """Whether the purchase is one that these terms mean, whoever bought it: what can be said without any lock."""
    whoever = replace(terms, first_purchase_only=False)
    return terms.counts_on(purchase.day) and reached(whoever, purchase) > _NOTHING


def awards(purchase: Purchase, standings: Sequence[Standing], *, most: Money) -> list[Award]:
    """What the campaigns give for this capture, `most` together: those that add up in the order given, then the best
    of the others.
    """
    open_ones = [one for one in standings if one.terms.counts_on(purchase.day)]
    given, room = [], most
    for one in (one for one in open_ones if one.terms.combining == Combining.ADDS_UP):
        wish = reached(one.terms, purchase) - reached(one.terms, purchase, before=True)
        if (points := min(wish, one.left, room)) > _NOTHING:
            given.append(Award(one.campaign_id, one.version, points))
            room -= points
    rivals = [one for one in open_ones if one.terms.combining == Combining.BEST_OF]
    if best := _best(purchase, rivals, room=room):
        given.append(best)
    return given


def _best(purchase: Purchase, rivals: Sequence[Standing], *, room: Money) -> Award | None:
    """The one that gives the most for the purchase so far gives what is missing up to that; ties to the earlier one.

    A campaign that has little left is judged by that little: an empty one takes nobody's place, unless it gave for an
    earlier capture of this payment.
    """
    had_a_say = [one for one in rivals if one.left or one.is_counted]
    before = max((reached(one.terms, purchase, before=True) for one in had_a_say), default=_NOTHING)
    wishes = [min(reached(one.terms, purchase) - before, one.left, room) for one in rivals]
    most = max(wishes, default=_NOTHING)
    if most <= _NOTHING:
        return None
    winner = rivals[wishes.index(most)]
    return Award(winner.campaign_id, winner.version, most)


def reached(terms: Terms, purchase: Purchase, *, before: bool = False) -> Money:
    """What the purchase's money so far is worth under these terms; with `before`, without this capture."""
    if terms.first_purchase_only and not purchase.is_first():
        return _NOTHING
    money = purchase.base_before if before else purchase.base_before + purchase.base
    spent = part_that_counts(money, purchase.items, terms)
    if not spent or spent < terms.minimum_spend:
        return _NOTHING
    if terms.points is not None:
        return terms.points
    return pts(spent.basis_points_floored(terms.rate_basis_points or 0).minor)


def part_that_counts(money: Money, items: Sequence[Mapping[str, Any]], terms: Terms) -> Money:
    """The share of the items that the terms name, by largest remainder: it and the rest are the whole, to the yen.

    Two shares only grow with the whole, so no further capture ever takes away what an earlier one reached.
    """
    if not terms.skus and not terms.categories:
        return money
    named = [item for item in items if item.get("sku") in terms.skus or item.get("category") in terms.categories]
    inside, all_of_it = (sum(int(item["amount_minor"]) for item in some) for some in (named, items))
    if not inside:
        return money - money
    return money.share([inside, all_of_it - inside])[0]
