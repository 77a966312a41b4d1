"""Try terms on the past before they cost anything: what would they have given for a merchant's purchases of that time?

The days in the terms are left aside (the past lies outside them); all other conditions and limits count, and no other
campaign does. At most `MOST_SEEN` captures are looked at, page by page, oldest first; with more of them the time that
the answer names ends earlier. Nothing is written.

Refuses: PreviewTimeNotPossible, and whatever terms may be refused for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q

from common.clock import business_date
from common.money import Money, pts
from points.campaigns import Award, Purchase, Standing, Terms, awards
from points.earning import most_of
from points.errors import PreviewTimeNotPossible
from points.models import Earning, PointsProgram, PointsTakeBack
from points.services._campaign import checked
from points.types import CampaignPreview, Stretch, WeekOfPreview

LONGEST: Final = timedelta(days=366)
USUAL: Final = timedelta(days=90)
MOST_SEEN: Final = 20_000
_PAGE: Final = 2_000


@dataclass
class _Tally:
    """What the campaign would have given so far."""

    points: Money = pts(0)  # noqa: RUF009 (a value, and frozen)
    by_wallet: dict[str, Money] = field(default_factory=dict)
    payments_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_payment: dict[str, Money] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    ended_at: datetime | None = None


def preview_campaign(
    *, merchant_id: str, terms: Terms, since: datetime | None = None, until: datetime | None = None, now: datetime
) -> CampaignPreview:
    """`[since, until)`, at most a year long; the last 90 days unless said."""
    end = now if until is None else until
    begin = end - USUAL if since is None else since
    if not begin < end <= now or end - begin > LONGEST:
        raise PreviewTimeNotPossible
    at_any_time = replace(checked(terms), starts_on=None, ends_before=None)
    tally, weeks, given, seen = _Tally(), _Weeks(), dict[str, Money](), 0
    programs = list(PointsProgram.objects.order_by("-number")) or [PointsProgram()]
    upto = end
    for page in _pages(merchant_id, since=begin, until=end):
        bought_before = _bought_before(merchant_id, page) if terms.first_purchase_only else {}
        for earning in page[: max(MOST_SEEN - seen, 0)]:
            room = _room(earning, programs, given=tally.by_payment.get(earning.payment_id, pts(0)))
            first = bought_before.get(earning.wallet_id)
            if award := _try_one(earning, at_any_time, tally, room=room, first=first):
                given[earning.capture_id] = award.points
                weeks.add(earning, award.points)
            upto = earning.captured_at or upto
        seen += len(page)
    if seen > MOST_SEEN:
        end = upto
    return CampaignPreview(
        since=begin,
        until=end,
        purchases_seen=len(tally.seen),
        is_complete=seen <= MOST_SEEN,
        purchases=len(tally.by_payment),
        customers=len(tally.payments_of),
        points=tally.points,
        taken_back=_taken_back(given),
        budget_ended_at=tally.ended_at,
        weeks=weeks.listed(since=begin, until=end),
    )


def _pages(merchant_id: str, *, since: datetime, until: datetime) -> Iterator[list[Earning]]:
    """By key, each page a statement of its own: no transaction stands open meanwhile. One row more than may be seen
    says that there are more.
    """
    heard = Earning.objects.filter(merchant_id=merchant_id, heard_at__isnull=False)
    rows = heard.filter(captured_at__gte=since, captured_at__lt=until).order_by("captured_at", "id")
    page, seen = list(rows[:_PAGE]), 0
    while page and seen <= MOST_SEEN:
        yield page
        seen += len(page)
        last = page[-1]
        at_the_same_instant = Q(captured_at=last.captured_at, id__gt=last.id)
        page = list(rows.filter(Q(captured_at__gt=last.captured_at) | at_the_same_instant)[:_PAGE])


def _bought_before(merchant_id: str, page: Sequence[Earning]) -> dict[str, str]:
    """Of each customer on this page the payment with which they first bought here; what was refunded altogether by
    now is none, as it is for a campaign.
    """
    wallets = {earning.wallet_id for earning in page}
    heard = Earning.objects.filter(merchant_id=merchant_id, heard_at__isnull=False, wallet_id__in=wallets)
    first = heard.exclude(PointsTakeBack.of_all()).order_by("wallet_id", "captured_at", "id").distinct("wallet_id")
    return dict(first.values_list("wallet_id", "payment_id"))


def _room(earning: Earning, programs: Sequence[PointsProgram], *, given: Money) -> Money:
    """What the purchase could still have earned beside the base rate, by the program of its time."""
    in_force = (one for one in programs if earning.captured_at and one.effective_from <= earning.captured_at)
    program, sofar = next(in_force, programs[-1]), earning.base_before + earning.base
    base = pts(sofar.basis_points_floored(program.earn_basis_points).minor)
    return max(most_of(sofar, program) - base - given, pts(0))


def _try_one(earning: Earning, terms: Terms, tally: _Tally, *, room: Money, first: str | None) -> Award | None:
    if earning.captured_at is None:
        return None
    tally.seen.add(earning.payment_id)
    wallet, mine = earning.wallet_id, tally.payments_of.get(earning.wallet_id, set())
    purchase = Purchase(
        base=earning.base,
        base_before=earning.base_before,
        items=earning.items,
        captured_at=earning.captured_at,
        is_first=lambda: first == earning.payment_id,
    )
    standing = Standing(
        campaign_id="",
        version=0,
        terms=terms,
        used=tally.points,
        purchases=len(tally.by_payment),
        used_by_customer=tally.by_wallet.get(wallet, pts(0)),
        purchases_by_customer=len(mine),
        is_counted=earning.payment_id in mine,
    )
    award = next(iter(awards(purchase, [standing], most=room)), None)
    if award is None:
        return None
    tally.points += award.points
    tally.by_wallet[wallet] = standing.used_by_customer + award.points
    tally.payments_of[wallet].add(earning.payment_id)
    tally.by_payment[earning.payment_id] = tally.by_payment.get(earning.payment_id, pts(0)) + award.points
    if tally.ended_at is None and _is_used_up(tally, terms):
        tally.ended_at = earning.captured_at
    return award


def _is_used_up(tally: _Tally, terms: Terms) -> bool:
    return tally.points.minor >= terms.budget.minor or len(tally.by_payment) == terms.most_purchases


def _taken_back(given: dict[str, Money]) -> Money:
    taken, captures = pts(0), list(given)
    for begin in range(0, len(captures), _PAGE):
        left: dict[str, Money] = {}
        for heard in PointsTakeBack.objects.filter(source_ref__in=captures[begin : begin + _PAGE]).order_by("id"):
            points = given[heard.source_ref]
            share = Stretch(heard.start_minor, heard.end_minor, heard.of_minor).share_of(points)
            share = min(share, left.get(heard.source_ref, points))
            left[heard.source_ref] = left.get(heard.source_ref, points) - share
            taken += share
    return taken


class _Weeks:
    """Week by week, from Monday on in Tokyo, those too in which nothing happened."""

    def __init__(self) -> None:
        self.points: dict[date, Money] = {}
        self.payments: dict[date, set[str]] = defaultdict(set)
        self.wallets: dict[date, set[str]] = defaultdict(set)

    def add(self, earning: Earning, points: Money) -> None:
        if earning.captured_at is None:
            return
        monday = _monday_of(business_date(earning.captured_at))
        self.points[monday] = self.points.get(monday, pts(0)) + points
        self.payments[monday].add(earning.payment_id)
        self.wallets[monday].add(earning.wallet_id)

    def listed(self, *, since: datetime, until: datetime) -> list[WeekOfPreview]:
        last = business_date(until - timedelta(microseconds=1))
        return [
            WeekOfPreview(
                begins_on=monday,
                purchases=len(self.payments[monday]),
                customers=len(self.wallets[monday]),
                points=self.points.get(monday, pts(0)),
            )
            for monday in _mondays(_monday_of(business_date(since)), last)
        ]


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _mondays(first: date, last: date) -> Iterable[date]:
    while first <= last:
        yield first
        first += timedelta(days=7)
