"""A campaign tried on the past: what it would have given, to whom, and when its budget would have ended."""

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

import pytest

from common.ids import new_id
from common.money import pts, yen
from points import services as points
from points.campaigns import Terms
from points.errors import CampaignKindNotPossible, PreviewTimeNotPossible
from points.models import Campaign, Earning, PointsLot
from points.states import CampaignKind, Weekday
from points.types import Stretch
from tests.cast import NOON
from tests.points.test_campaign_earnings import BEANS, MILL, buy, do, refund, runs  # noqa: F401 (the same till)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RATE = Terms(name="Winter", kind=CampaignKind.RATE, rate_basis_points=500, budget=yen(10_000))


@pytest.fixture
def preview(komorebi):
    def preview(of=RATE, *, since=None, until=None, now=NOON, **changes):
        return points.preview_campaign(
            merchant_id=komorebi.id, terms=replace(of, **changes), since=since, until=until, now=now
        )

    return preview


class TestPreviewCampaign:
    def test_says_what_the_last_ninety_days_would_have_cost(self, buy, preview, bob, fly_by_night):  # noqa: F811
        for days in (1, 2, 89, 90, 91):
            buy(1_000, when=NOON - days * DAY)
        buy(3_000, who=bob, when=NOON - DAY)
        buy(9_000, at=fly_by_night, when=NOON - DAY)
        seen = preview()
        assert (seen.purchases_seen, seen.purchases, seen.customers, seen.is_complete) == (5, 5, 2, True)
        assert (seen.points, seen.cost, seen.budget_ended_at) == (pts(350), yen(350), None)

    def test_is_what_would_have_been(self, buy, preview, runs, bob):  # noqa: F811
        limits = {"most_points_per_customer": pts(120), "budget": yen(200), "weekdays": (Weekday.SUNDAY,)}
        campaign = runs(**limits)
        hours = timedelta(hours=1)
        for number in range(6):
            buy(1_000, when=NOON + number * hours)
            buy(700, who=bob, when=NOON + number * hours)
            buy(1_000, when=NOON + 3 * DAY)
        given = sum(lot.earned_minor for lot in PointsLot.objects.filter(rule_ref__startswith=campaign.id))
        seen = preview(since=NOON, until=NOON + 4 * DAY, now=NOON + 4 * DAY, **limits)
        assert seen.points.minor == given == 200
        assert seen.budget_ended_at == NOON + 2 * hours

    def test_leaves_its_days_aside_and_keeps_the_weekdays(self, buy, preview):  # noqa: F811
        buy(1_000, when=NOON - 7 * DAY), buy(1_000, when=NOON - 6 * DAY)
        sundays = {"starts_on": date(2026, 12, 1), "ends_before": date(2027, 1, 1), "weekdays": (Weekday.SUNDAY,)}
        assert preview(**sundays).purchases == 1

    def test_counts_items_first_purchases_and_parts(self, buy, preview):  # noqa: F811
        buy(3_000, items=[BEANS, MILL], when=NOON - 5 * DAY)
        buy(3_000, items=[BEANS], when=NOON - 4 * DAY)
        assert [preview(skus=("beans-1",)).points.minor, preview(categories=("tools",)).points.minor] == [200, 100]
        first = preview(first_purchase_only=True)
        assert (first.purchases, first.points.minor) == (1, 150)
        assert preview(first_purchase_only=True, since=NOON - 4 * DAY).purchases == 0

    def test_looks_past_a_first_purchase_that_was_refunded_altogether(self, buy, refund, runs, preview):  # noqa: F811
        runs(now=NOON - 9 * DAY)
        (lot,) = buy(1_000, when=NOON - 3 * DAY)
        buy(2_000, when=NOON - 2 * DAY)
        refund(lot)
        seen = preview(first_purchase_only=True)
        assert (seen.purchases, seen.points, seen.taken_back) == (1, pts(100), pts(0))

    def test_counts_each_part_of_a_first_purchase(self, buy, runs, preview):  # noqa: F811
        campaign = runs(now=NOON - 9 * DAY, first_purchase_only=True)
        payment_id = new_id("pay")
        buy(500, payment_id=payment_id, when=NOON - 3 * DAY)
        buy(1_000, when=NOON - 2 * DAY)
        buy(500, before=500, payment_id=payment_id, when=NOON - DAY)
        given = sum(lot.earned_minor for lot in PointsLot.objects.filter(rule_ref__startswith=campaign.id))
        assert preview(first_purchase_only=True).points.minor == given == 50

    def test_takes_refunds_off(self, buy, refund, runs, preview):  # noqa: F811
        runs(now=NOON - 9 * DAY)
        (lot,) = buy(1_000, when=NOON - DAY)
        refund(lot, stretch=Stretch(0, 500, 1_000))
        seen = preview()
        assert (seen.points, seen.taken_back, seen.cost) == (pts(50), pts(25), yen(25))

    def test_tells_week_by_week_from_monday_on(self, buy, preview):  # noqa: F811
        for days in (1, 6, 7, 20):
            buy(1_000, when=NOON - days * DAY)  # NOON is a Sunday
        weeks = preview(since=NOON - 21 * DAY).weeks
        assert [(week.begins_on.isoformat(), week.purchases, week.points.minor) for week in weeks] == [
            ("2026-10-26", 0, 0),
            ("2026-11-02", 1, 50),
            ("2026-11-09", 1, 50),
            ("2026-11-16", 2, 100),
        ]

    def test_looks_at_no_more_than_it_can(self, buy, preview, monkeypatch):  # noqa: F811
        monkeypatch.setattr(import_module("points.services.preview_campaign"), "MOST_SEEN", 2)
        for days in (3, 2, 1):
            buy(1_000, when=NOON - days * DAY)
        seen = preview()
        assert (seen.purchases_seen, seen.is_complete, seen.until) == (2, False, NOON - 2 * DAY)

    def test_pages_are_no_seams(self, buy, preview, monkeypatch):  # noqa: F811
        for minutes in range(7):
            buy(1_000, when=NOON - timedelta(minutes=minutes + 1))
        whole = preview(first_purchase_only=True), preview()
        monkeypatch.setattr(import_module("points.services.preview_campaign"), "_PAGE", 3)
        assert (preview(first_purchase_only=True), preview()) == whole

    def test_writes_nothing(self, buy, preview):  # noqa: F811
        buy(1_000, when=NOON - DAY)
        before = [model.objects.count() for model in (Campaign, Earning, PointsLot)]
        preview()
        assert [model.objects.count() for model in (Campaign, Earning, PointsLot)] == before

    @pytest.mark.parametrize(
        "time",
        [
            {"since": NOON, "until": NOON},
            {"until": NOON + DAY},
            {"since": NOON - 367 * DAY},
        ],
    )
    def test_refuses_a_time_that_is_no_past(self, preview, time):
        with pytest.raises(PreviewTimeNotPossible):
            preview(**time)

    def test_refuses_terms_that_are_impossible(self, preview):
        with pytest.raises(CampaignKindNotPossible):
            preview(rate_basis_points=None)
