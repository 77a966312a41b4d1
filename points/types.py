"""What crosses the door of this room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from common.money import Money, yen
from points.states import Change, Source, TierName

if TYPE_CHECKING:
    from collections.abc import Callable

    from points.models import Earning

GIFT_MESSAGE_LENGTH: Final = 140


@dataclass(frozen=True, slots=True)
class PointsView:
    """One wallet's points at one moment: `live` can be spent, `held` is kept for payments, `pending` comes later.

    `owed` has to leave again and was spent; the next points make up for it. Nobody has live and owed points at once.
    """

    live: Money
    held: Money
    pending: Money
    owed: Money
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
class Extra:
    """Points that a rule gives for a capture; each becomes a lot of its own."""

    rule_ref: str
    source: Source
    funder: str
    """A merchant, or the commerce itself (`OPERATOR`)."""
    amount: Money
    grant: "Callable[[Earning, Money, datetime], Money] | None" = None
    """Called in the capture's transaction when it is really granted, with what the purchase may still earn: counts it
    and answers how much of it stands.
    """


@dataclass(frozen=True, slots=True)
class Earned:
    """What the points that a payment earned have become: together they are what was given."""

    pending: Money
    live: Money
    """They could be spent since, whatever their owner did with them."""
    taken_back: Money
    """Gone with refunds, also where they had been spent."""


@dataclass(frozen=True, slots=True)
class TierView:
    """Where one wallet stands on the ladder of tiers. Spend is the money part of purchases, less what was refunded."""

    tier: TierName
    kept_until: datetime
    """The end of the year to which it is kept without another purchase; half-open."""
    extra_basis_points: int
    """What it adds to the base rate."""
    spent: Money
    """In this calendar year (Tokyo)."""
    next_tier: TierName | None
    """The next one above; None at the top."""
    missing: Money
    """What this year's spend still lacks to it; zero at the top."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to a wallet's points. `amount` is signed: what left is negative."""

    at: datetime
    change: Change
    amount: Money
    payment_id: str | None
    merchant_id: str | None
    """Whose shop: where they were earned, or where they were spent. Nobody's where the commerce funds them."""
    told: str = ""
    """A gift, or a family's pool, in a sentence that names the other side where both know each other."""

    @property
    def text(self) -> str:
        return self.told or str(self.change.label)


@dataclass(frozen=True, slots=True)
class WeekOfPreview:
    """What a campaign would have done in one week, named by its Monday in Tokyo."""

    begins_on: date
    purchases: int
    customers: int
    points: Money


@dataclass(frozen=True, slots=True)
class CampaignPreview:
    """What a campaign would have given for the purchases of a past time, had it run then and all alone."""

    since: datetime
    until: datetime
    purchases_seen: int
    """How many payments of that time were looked at."""
    is_complete: bool
    """False when there were more purchases than are looked at: then `until` is where it stopped."""
    purchases: int
    customers: int
    points: Money
    taken_back: Money
    """What refunds would have taken back of them by now."""
    budget_ended_at: datetime | None
    """When nothing would have been left to give; None when the budget lasts."""
    weeks: Sequence[WeekOfPreview]

    @property
    def cost(self) -> Money:
        """In yen, for the shop: one point is one yen."""
        return yen((self.points - self.taken_back).minor)


@dataclass(frozen=True, slots=True)
class ConversionLine:
    """One old balance that a shop wants taken over, as it was written down."""

    source_id: str
    """The shop's own name for it: once used, it stands for these facts."""
    email: str
    points: Money
    expires_on: date | None = None
    """The last day, in Tokyo; None for as long as the program lets points live."""
    number: int = 1
    """Where it stands in a file; the header is line 1."""


@dataclass(frozen=True, slots=True)
class WrongLine:
    """What is wrong with one line of a file."""

    number: int
    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BatchSums:
    """What became of a batch, told when it is over: until then nothing is told, see `conversion_queries`."""

    converted: int
    converted_points: Money
    returned: int
    returned_points: Money
