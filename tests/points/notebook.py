"""Points as a careful person would keep them in a notebook: plain Python, no database, one page per rule of the house.

It is written from the rules and not from the code, so that the two can disagree.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")
OPERATOR = "sys"


def end_of_month_a_year_later(at: datetime) -> datetime:
    day = at.astimezone(TOKYO)
    year, month = (day.year + 1, day.month + 1) if day.month < 12 else (day.year + 2, 1)
    return datetime(year, month, 1, tzinfo=TOKYO)


def midnight_after(at: datetime, days: int) -> datetime:
    day = at.astimezone(TOKYO) + timedelta(days=days + 1)
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)


def half_up(whole: int, place: int, of: int) -> int:
    return (2 * whole * place + of) // (2 * of) if of else 0


@dataclass(eq=False)
class Lot:
    wallet: str
    source: str
    rule: str
    funder: str
    earned: int
    expires_at: datetime
    available_from: datetime | None = None
    live: bool = False
    funded: bool = False
    """Its worth is set aside: since it is live, or since its shop left."""
    left: int = 0
    held: int = 0
    redeemed: int = 0
    taken: int = 0
    lent: int = 0
    given: int = 0
    expired: int = 0
    owed: int = 0
    written_off: int = 0
    loans: list = field(default_factory=list)
    """[lender, how many], the newest last."""
    came_from: str = ""
    came_at: datetime | None = None
    refunded_at: datetime | None = None

    def __post_init__(self):
        self.left = self.earned

    @property
    def borrowed(self):
        return sum(amount for _lender, amount in self.loans)

    @property
    def missing_if_refunded(self):
        used = self.held + self.redeemed + self.lent + self.given
        return max(used - self.borrowed - self.owed - self.written_off, 0)


@dataclass(eq=False)
class Campaign:
    """Hundredths of a percent on top at one shop, while it runs and until the budget is used up."""

    id: str
    shop: str
    rate: int
    budget: int
    versions: list[tuple[datetime, bool]] = field(default_factory=list)
    """Since when, and whether it gave points from then on; the first one is the draft."""

    @property
    def runs(self):
        return self.versions[-1][1]

    def rule_at(self, at: datetime) -> str:
        """By which version of it a purchase of that moment is judged; none where it gave nothing."""
        number = sum(since <= at for since, _runs in self.versions)
        return f"{self.id}:{number}" if self.versions[number - 1][1] else ""


@dataclass(eq=False)
class Use:
    lot: Lot
    amount: int
    expires_at: datetime | None = None
    """When it was held, the day of these points; a refund may give others of the lot more."""


class Notebook:
    def __init__(self, *, limit: int):
        self.limit = limit
        self.now = None
        self.lots: list[Lot] = []
        self.money: dict[str, int] = {}
        """What each shop is owed; for the commerce, what points cost it, below zero."""
        self.heard: dict[str, list[tuple[str, int, int, int]]] = {}
        """Refunds by capture: their name, from, up to, of."""
        self.earned: set[str] = set()

    # What happens

    def earn(self, wallet, capture, grants, *, at):
        if capture in self.earned:
            return
        self.earned.add(capture)
        for rule, funder, amount in grants:
            shares = [
                half_up(amount, upto, of) - half_up(amount, start, of) for _, start, upto, of in self._of(capture)
            ]
            if amount and sum(shares) < amount:
                begins = at + timedelta(days=14)
                lot = Lot(wallet, capture, rule, funder, amount, end_of_month_a_year_later(begins), begins)
                lot.left, lot.taken = amount - sum(shares), sum(shares)
                self.lots.append(lot)

    def _of(self, capture):
        return self.heard.get(capture, [])

    def refund(self, capture, name, start, upto, of):
        if any(name == other for other, *_ in self._of(capture)):
            return
        self.heard.setdefault(capture, []).append((name, start, upto, of))
        missing = []
        for lot in [lot for lot in self.lots if lot.source == capture]:
            share = half_up(lot.earned, upto, of) - half_up(lot.earned, start, of)
            own = min(share, lot.left)
            lot.left, lot.taken = lot.left - own, lot.taken + own
            if share and (own or lot.missing_if_refunded):
                lot.refunded_at = self.now
            if lot.funded:
                self._pay(lot.funder, own)
            missing.append((lot, min(share - own, lot.missing_if_refunded)))
        for lot, amount in missing:
            still = amount - self._borrow(lot, amount)
            room = max(self.limit - sum(other.owed for other in self.lots if other.wallet == lot.wallet), 0)
            lot.owed += min(still, room)
            lot.written_off += still - min(still, room)

    def wait(self, days):
        self.now += timedelta(days=days)
        for lot in self.lots:
            if not lot.live and lot.left and lot.available_from <= self.now:
                lot.live = True
                self._set_aside(lot)
                self._recover(lot.wallet)
        self.expire()

    def leave(self, shop):
        """What its pending points are worth is set aside; ask again for those that it gives later."""
        for lot in self.lots:
            if lot.funder == shop and not lot.live:
                self._set_aside(lot)

    def take_over(self, pool, batch, shop, amount):
        """A shop's old points, paid for at once and live, for whoever they are found to belong to."""
        self._pay(shop, -amount)
        self.lots.append(
            Lot(pool, batch, "", shop, amount, end_of_month_a_year_later(self.now), live=True, funded=True)
        )

    def used(self, campaign):
        """What it gave, less what refunds took back, whatever became of the points."""
        lots = [lot for lot in self.lots if lot.rule.startswith(f"{campaign.id}:")]
        refunds = [(lot, upto, start, of) for lot in lots for _, start, upto, of in self._of(lot.source)]
        back = (half_up(lot.earned, upto, of) - half_up(lot.earned, start, of) for lot, upto, start, of in refunds)
        return sum(lot.earned for lot in lots) - sum(back)

    def expire(self):
        for lot in self.lots:
            if lot.live and lot.expires_at <= self.now:
                self._expire(lot, lot.left)

    def hold(self, wallet, amount):
        """Of what is spendable, which must be enough."""
        uses = []
        for lot in self.spendable(wallet):
            if share := min(lot.left, amount):
                uses.append(Use(lot, share, lot.expires_at))
                amount -= share
        assert not amount
        for use in uses:
            use.lot.left, use.lot.held = use.lot.left - use.amount, use.lot.held + use.amount
        return uses

    def redeem(self, uses, amount, shop):
        """Splits off what is redeemed, oldest expiry first as it was held; answers it."""
        redeemed = []
        for use in uses:
            if share := min(use.amount, amount):
                use.amount, amount = use.amount - share, amount - share
                use.lot.held, use.lot.redeemed = use.lot.held - share, use.lot.redeemed + share
                redeemed.append(Use(use.lot, share))
                self._pay(shop, share)
        uses[:] = [use for use in uses if use.amount]
        return redeemed

    def release(self, uses):
        for use in uses:
            use.lot.held, use.lot.left = use.lot.held - use.amount, use.lot.left + use.amount
        for use in uses:
            if use.expires_at <= self.now:
                to_give_up = use.lot.written_off + use.lot.owed + use.lot.borrowed
                self._expire(use.lot, min(use.amount, max(use.lot.left - to_give_up, 0)))
        self._came_back([use.lot for use in uses])

    def give_back(self, uses, amount, shop, *, ids):
        last_first = sorted(uses, key=lambda use: (use.lot.expires_at, ids(use)), reverse=True)
        lots = []
        for use in last_first:
            if share := min(use.amount, amount):
                use.amount, amount = use.amount - share, amount - share
                use.lot.redeemed -= share
                self._return(use.lot, share)
                self._pay(shop, -share)
                lots.append(use.lot)
        uses[:] = [use for use in uses if use.amount]
        self._came_back(lots)

    def move(self, giver, receiver, amount, source, *, name):
        """False when there is not enough."""
        lots = self.spendable(giver)
        if sum(lot.left for lot in lots) < amount:
            return False
        moved = []
        for lot in lots:
            if share := min(lot.left, amount):
                lot.left, lot.given, amount = lot.left - share, lot.given + share, amount - share
                twin = Lot(receiver, source, name(lot), lot.funder, share, lot.expires_at, live=True, funded=True)
                twin.came_from, twin.came_at = giver, self.now
                moved.append((lot, twin))
        self.lots += [twin for _lot, twin in moved]
        for lot, twin in moved:
            if lot.came_from == receiver:
                self._come_home(twin, away_since=lot.came_at)
        self._recover(receiver)
        return True

    # How it follows

    def spendable(self, wallet):
        alive = (lot for lot in self.lots if lot.wallet == wallet and lot.live and lot.left)
        return sorted((lot for lot in alive if lot.expires_at > self.now), key=self.order)

    def order(self, lot):
        return lot.expires_at, self.lots.index(lot)

    def _pay(self, who, amount):
        self.money[who] = self.money.get(who, 0) + amount

    def _set_aside(self, lot):
        if not lot.funded:
            lot.funded = True
            self._pay(lot.funder, -lot.left)

    def _expire(self, lot, amount):
        self._pay(lot.funder, amount)
        lot.left, lot.expired = lot.left - amount, lot.expired + amount

    def _return(self, lot, amount):
        if lot.expires_at <= self.now:
            self._expire(lot, lot.left)
            lot.expires_at = midnight_after(self.now, 30)
        lot.left += amount

    def _borrow(self, lot, amount):
        borrowed = 0
        for lender in self.spendable(lot.wallet):
            share = min(lender.left, amount - borrowed) if lender is not lot else 0
            if share:
                lender.left, lender.lent = lender.left - share, lender.lent + share
                lot.loans.append([lender, share])
                self._pay(lot.funder, share)
                borrowed += share
        return borrowed

    def _come_home(self, twin, *, away_since):
        """What was written off while its own points were away is made up for by them."""
        for lot in [lot for lot in self.lots if lot.wallet == twin.wallet and lot.written_off]:
            if share := min(lot.written_off, twin.left) if lot.refunded_at >= away_since else 0:
                twin.left, twin.lent, lot.written_off = twin.left - share, twin.lent + share, lot.written_off - share
                lot.loans.append([twin, share])
                self._pay(lot.funder, share)

    def _recover(self, wallet):
        for lot in [lot for lot in self.lots if lot.wallet == wallet and lot.owed]:
            lot.owed -= self._borrow(lot, lot.owed)

    def _came_back(self, lots):
        waiting = list(dict.fromkeys(lots))
        wallets = {lot.wallet for lot in waiting}
        while waiting:
            lot = waiting.pop(0)
            for debt in ("written_off", "owed"):
                due = min(lot.left, getattr(lot, debt))
                setattr(lot, debt, getattr(lot, debt) - due)
                lot.left, lot.taken = lot.left - due, lot.taken + due
                self._pay(lot.funder, due)
            for loan in reversed(lot.loans):
                lender, amount = loan
                share = min(lot.left, amount)
                if share:
                    loan[1] -= share
                    lot.left, lot.taken = lot.left - share, lot.taken + share
                    lender.lent -= share
                    self._return(lender, share)
                    waiting.append(lender)
            lot.loans = [loan for loan in lot.loans if loan[1]]
        for wallet in wallets:
            self._recover(wallet)
