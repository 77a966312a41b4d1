"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import datetime

from common.money import Money
from points.states import Change


@dataclass(frozen=True, slots=True)
class PointsView:
    """One wallet's points at one moment: `live` can be spent, `held` is kept for payments, `pending` comes later."""

    live: Money
    held: Money
    pending: Money
    next_expiry_at: datetime | None
    """When the next live points expire; this instant is too late."""
    next_expiry_amount: Money


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of a purchase's money was refunded, as a stretch from `start` up to `end` of `of` minor units.

    Refunds of one purchase lie side by side, so the shares of all of them together are exactly all, in any order.
    """

    start: int = 0
    end: int = 1
    of: int = 1

    def share_of(self, earned: Money) -> Money:
        if not self.of:
            return earned - earned
        upto_end, upto_start = (earned.share([place, self.of - place])[0] for place in (self.end, self.start))
        return upto_end - upto_start


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to a wallet's points. `amount` is signed: what left is negative."""

    at: datetime
    change: Change
    amount: Money
    payment_id: str
    merchant_id: str
    """Whose shop: where they were earned, or where they were spent."""

    @property
    def text(self) -> str:
        return str(self.change.label)
