"""A campaign tried on one past purchase after the other: pure, and in plain whole numbers, because there are many.

What terms give is said once, in `campaigns`; this says the same for hundreds of thousands of captures in a second, and
a test holds the two together.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from points.campaigns import Terms

_ALL_OF_IT: Final = 10_000
"""In basis points."""


class Seen(NamedTuple):
    """One capture of the past, in yen. `inside` of `of` is the share of its items that the terms name; 0 of 0 where
    they name none.
    """

    payment_id: str
    wallet_id: str
    capture_id: str
    captured_at: datetime
    day: date
    """In Tokyo."""
    before: int
    """What earlier captures of the payment took."""
    upto: int
    """With this one."""
    inside: int
    of: int
    is_first: bool
    """Whether the payment is the first that its customer made here."""


class Ceiling(NamedTuple):
    """What a version of the program lets one purchase earn, from its instant on."""

    effective_from: datetime
    base_basis_points: int
    most_basis_points: int
    small: int
    """A purchase of less may earn what one of so much may."""


@dataclass
class Trial:
    """What the campaign would have given so far."""

    terms: Terms
    ceilings: Sequence[Ceiling]
    """The newest first; the last one also counts for whatever was before it."""
    points: int = 0
    seen: set[str] = field(default_factory=set)
    """Payments that were looked at."""
    by_payment: dict[str, int] = field(default_factory=dict)
    by_wallet: dict[str, int] = field(default_factory=dict)
    purchases_of: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """By wallet, how many of its purchases got something."""
    ended_at: datetime | None = None
    """When the budget, or the number of purchases, was used up."""

    def __post_init__(self) -> None:
        terms, customer = self.terms, self.terms.most_points_per_customer
        self._budget, self._minimum = terms.budget.minor, terms.minimum_spend.minor
        self._fixed = None if terms.points is None else terms.points.minor
        self._rate = terms.rate_basis_points or 0
        self._most_of_customer = None if customer is None else customer.minor
        self._most_by_customer = 1 if terms.first_purchase_only else terms.most_purchases_per_customer
        self._names_items = bool(terms.skus or terms.categories)
        self._counts: dict[date, bool] = {}

    def add(self, capture: Seen) -> int:
        """The points that it would have earned."""
        payment, wallet = capture.payment_id, capture.wallet_id
        self.seen.add(payment)
        if not self._counts_on(capture.day) or (self.terms.first_purchase_only and not capture.is_first):
            return 0
        given = self.by_payment.get(payment)
        wish = self._reached(capture.upto, capture) - (self._reached(capture.before, capture) if capture.before else 0)
        award = min(wish, self._left(wallet, is_counted=given is not None), self._ceiling(capture) - (given or 0))
        if award <= 0:
            return 0
        self.points += award
        self.by_payment[payment] = award + (given or 0)
        self.by_wallet[wallet] = self.by_wallet.get(wallet, 0) + award
        if given is None:
            self.purchases_of[wallet] += 1
        if self.ended_at is None and self._is_used_up():
            self.ended_at = capture.captured_at
        return award

    def _counts_on(self, day: date) -> bool:
        if (known := self._counts.get(day)) is None:
            known = self._counts[day] = self.terms.counts_on_weekday(day)
        return known

    def _reached(self, money: int, capture: Seen) -> int:
        if self._names_items:
            money = _part(money, capture.inside, capture.of)
        if not money or money < self._minimum:
            return 0
        return money * self._rate // _ALL_OF_IT if self._fixed is None else self._fixed

    def _left(self, wallet: str, *, is_counted: bool) -> int:
        if not is_counted:
            if self.terms.most_purchases is not None and len(self.by_payment) >= self.terms.most_purchases:
                return 0
            if self._most_by_customer is not None and self.purchases_of[wallet] >= self._most_by_customer:
                return 0
        left = self._budget - self.points
        if self._most_of_customer is not None:
            left = min(left, self._most_of_customer - self.by_wallet.get(wallet, 0))
        return left

    def _ceiling(self, capture: Seen) -> int:
        """All that the purchase may earn beside the base rate, by the program of its time."""
        ceilings, upto = self.ceilings, capture.upto
        program = next((one for one in ceilings if one.effective_from <= capture.captured_at), ceilings[-1])
        most = max(upto, program.small) * program.most_basis_points // _ALL_OF_IT
        return min(upto, most) - upto * program.base_basis_points // _ALL_OF_IT

    def _is_used_up(self) -> bool:
        return self.points >= self._budget or len(self.by_payment) == self.terms.most_purchases


def _part(money: int, inside: int, of: int) -> int:
    """The larger remainder gets the yen that is left over, the named items when both are the same."""
    if not inside:
        return 0
    whole, rest = divmod(money * inside, of)
    return whole + (1 if rest and 2 * rest >= of else 0)
