"""Try terms on the past before they cost anything: what would they have given for a merchant's purchases of that time?

The days in the terms are left aside (the past lies outside them); all other conditions and limits count, and no other
campaign does. At most `MOST_SEEN` captures are looked at, page by page, oldest first; with more of them the time that
the answer names ends earlier, and says so. Nothing is written.

Refuses: PreviewTimeNotPossible, and whatever terms may be refused for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from common.clock import TOKYO, business_date
from common.ids import read_id
from common.money import Money, pts
from points.campaign_trial import Ceiling, Seen, Trial
from points.campaigns import Terms
from points.earning import SMALL
from points.errors import PreviewTimeNotPossible
from points.models import Earning, PointsProgram, PointsTakeBack
from points.services._campaign import checked
from points.types import CampaignPreview, Stretch, WeekOfPreview

LONGEST: Final = timedelta(days=366)
USUAL: Final = timedelta(days=90)
MOST_SEEN: Final = 100_000
"""A second or two of work. Who sells more than that in the time they chose is told, and may choose a shorter one."""
_PAGE: Final = 20_000


def preview_campaign(
    *, merchant_id: str, terms: Terms, since: datetime | None = None, until: datetime | None = None, now: datetime
) -> CampaignPreview:
    """`[since, until)`, at most a year long; the last 90 days unless said."""
    end = now if until is None else until
    begin = end - USUAL if since is None else since
    if not begin < end <= now or end - begin > LONGEST:
        raise PreviewTimeNotPossible
    trial, weeks, given = Trial(checked(terms), _ceilings()), _Weeks(), dict[str, int]()
    seen, is_complete, upto = 0, True, end
    for capture in _captures(merchant_id, trial.terms, since=begin, until=end):
        if seen == MOST_SEEN:
            is_complete, end = False, upto
            break
        seen, upto = seen + 1, capture.captured_at
        if award := trial.add(capture):
            given[capture.capture_id] = award
            weeks.add(capture, award)
    return CampaignPreview(
        since=begin,
        until=end,
        purchases_seen=len(trial.seen),
        is_complete=is_complete,
        purchases=len(trial.by_payment),
        customers=len(trial.by_wallet),
        points=pts(trial.points),
        taken_back=_taken_back(given, merchant_id, since=begin, until=end),
        budget_ended_at=trial.ended_at,
        weeks=weeks.listed(since=begin, until=end),
    )


def _ceilings() -> list[Ceiling]:
    programs = list(PointsProgram.objects.order_by("-number")) or [PointsProgram()]
    return [Ceiling(one.effective_from, one.earn_basis_points, one.most_basis_points, SMALL) for one in programs]


_CAPTURES: Final = """
WITH page AS (
    SELECT id, payment_id, wallet_id, capture_id, captured_at, base_before_minor, base_minor, items
    FROM points_earning
    WHERE merchant_id = %(merchant)s AND heard_at IS NOT NULL
      AND captured_at < %(until)s AND (captured_at, id) > (%(since)s, %(after)s)
    ORDER BY captured_at, id LIMIT %(most)s
), first AS (
    SELECT DISTINCT ON (wallet_id) wallet_id, payment_id FROM points_earning AS e
    WHERE %(first_only)s AND merchant_id = %(merchant)s AND heard_at IS NOT NULL
      AND wallet_id IN (SELECT wallet_id FROM page)
      AND NOT EXISTS (
          SELECT FROM points_pointstakeback AS t WHERE t.source_ref = e.capture_id
          GROUP BY t.source_ref HAVING sum(t.end_minor - t.start_minor) >= max(t.of_minor)
      )
    ORDER BY wallet_id, captured_at, id
)
SELECT page.payment_id::text, page.wallet_id::text, capture_id, captured_at, (captured_at AT TIME ZONE %(zone)s)::date,
       base_before_minor, base_before_minor + base_minor, coalesce(share.inside, 0)::bigint,
       coalesce(share.of, 0)::bigint, coalesce(first.payment_id = page.payment_id, false), page.id
FROM page
LEFT JOIN first ON first.wallet_id = page.wallet_id
LEFT JOIN LATERAL (
    SELECT sum(amount_minor) FILTER (WHERE sku = ANY (%(skus)s) OR category = ANY (%(categories)s)) AS inside,
           sum(amount_minor) AS of
    FROM jsonb_to_recordset(page.items) AS item (sku text, category text, amount_minor bigint)
) AS share ON %(names_items)s
ORDER BY captured_at, page.id
"""


def _captures(merchant_id: str, terms: Terms, *, since: datetime, until: datetime) -> Iterator[Seen]:
    """Oldest first, by key; each page is a statement of its own, so that no transaction stands open meanwhile. What
    was refunded altogether by now is no first purchase, as it is none for a campaign.
    """
    facts = {
        "merchant": read_id(merchant_id, prefix="mer"),
        "since": since,
        "after": "00000000-0000-0000-0000-000000000000",
        "until": until,
        "zone": str(TOKYO),
        "most": _PAGE,
        "first_only": terms.first_purchase_only,
        "names_items": bool(terms.skus or terms.categories),
        "skus": list(terms.skus),
        "categories": list(terms.categories),
    }
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_CAPTURES, facts)
            rows = cursor.fetchall()
        for *capture, _key in rows:
            yield Seen._make(capture)
        if len(rows) < _PAGE:
            return
        facts |= {"since": rows[-1][3], "after": rows[-1][-1]}


def _taken_back(given: dict[str, int], merchant_id: str, *, since: datetime, until: datetime) -> Money:
    """What refunds of these captures would have taken of their points by now; of one capture never more than all."""
    there = Earning.objects.filter(merchant_id=merchant_id, captured_at__gte=since, captured_at__lte=until)
    refunds = PointsTakeBack.objects.filter(source_ref__in=there.values("capture_id")).order_by("id")
    taken, left = pts(0), dict[str, Money]()
    for capture, begin, end, of in refunds.values_list("source_ref", "start_minor", "end_minor", "of_minor"):
        if capture in given:
            points = pts(given[capture])
            share = min(Stretch(begin, end, of).share_of(points), left.get(capture, points))
            left[capture] = left.get(capture, points) - share
            taken += share
    return taken


class _Weeks:
    """Week by week, from Monday on in Tokyo, those too in which nothing happened."""

    def __init__(self) -> None:
        self.points: dict[date, int] = defaultdict(int)
        self.payments: dict[date, set[str]] = defaultdict(set)
        self.wallets: dict[date, set[str]] = defaultdict(set)

    def add(self, capture: Seen, points: int) -> None:
        monday = _monday_of(capture.day)
        self.points[monday] += points
        self.payments[monday].add(capture.payment_id)
        self.wallets[monday].add(capture.wallet_id)

    def listed(self, *, since: datetime, until: datetime) -> list[WeekOfPreview]:
        last = business_date(until - timedelta(microseconds=1))
        return [
            WeekOfPreview(
                begins_on=monday,
                purchases=len(self.payments[monday]),
                customers=len(self.wallets[monday]),
                points=pts(self.points[monday]),
            )
            for monday in _mondays(_monday_of(business_date(since)), last)
        ]


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _mondays(first: date, last: date) -> Iterable[date]:
    while first <= last:
        yield first
        first += timedelta(days=7)
