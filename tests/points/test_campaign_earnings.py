"""What campaigns give at the till: within the budget, by the version of the time, and back again after a refund."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from common.actors import SYSTEM
from common.ids import new_id
from common.money import pts, yen
from events.models import Event, OutgoingMail
from merchants import services as merchants
from points import services as points
from points.campaign_queries import cost_of_campaign, effect_of_campaign
from points.campaigns import Terms
from points.models import Campaign, CampaignEarning, CampaignUse, PointsLot
from points.queries import would_earn
from points.states import CampaignKind, Combining
from points.types import Stretch
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RATE = Terms(name="Autumn", kind=CampaignKind.RATE, rate_basis_points=500, budget=yen(10_000))
FIXED = Terms(name="Hello", kind=CampaignKind.FIXED, points=pts(100), minimum_spend=yen(1_000), budget=yen(10_000))
BEANS = {"name": "Beans", "sku": "beans-1", "category": "coffee", "amount_minor": 1_000}
MILL = {"name": "Mill", "sku": "mill-1", "category": "tools", "amount_minor": 2_000}


@pytest.fixture
def runs(komorebi):
    """A campaign of a shop (Komorebi unless said) that was started yesterday."""

    def runs(of=RATE, *, at=komorebi, now=NOON - DAY, **changes):
        campaign = points.create_campaign(
            campaign_id=new_id("cmp"), merchant_id=at.id, terms=replace(of, **changes), by=at.actor, now=now
        )
        return points.start_campaign(campaign_id=campaign.id, by=at.actor, now=now)

    return runs


@pytest.fixture
def buy(alice, komorebi):
    """Somebody (Alice unless said) buys, and the capture is heard of; answers what it earned by campaigns."""

    def buy(
        amount, *, at=komorebi, who=alice, before=0, items=(), when=NOON, heard=None, payment_id=None, capture_id=None
    ):
        lots = points.earn_points(
            capture_id=capture_id or new_id("cap"),
            payment_id=payment_id or new_id("pay"),
            wallet_id=who.wallet.id,
            merchant_id=at.id,
            base=yen(amount),
            base_before=yen(before),
            items=items,
            captured_at=when,
            now=heard or when,
        )
        return [lot for lot in lots if lot.rule_ref.startswith("cmp_")]

    return buy


@pytest.fixture
def refund(alice, komorebi):
    def refund(lot_or_capture, *, stretch=Stretch(), refund_id=None, payment_id=None):  # noqa: B008 (a value, and frozen)
        capture_id = getattr(lot_or_capture, "source_ref", lot_or_capture)
        points.take_back_points(
            capture_id=capture_id,
            refund_id=refund_id or new_id("ref"),
            payment_id=payment_id or lot_or_capture.payment_id,
            wallet_id=alice.wallet.id,
            merchant_id=komorebi.id,
            stretch=stretch,
            now=NOON,
        )

    return refund


@pytest.fixture
def do(komorebi):
    return {
        verb: partial(getattr(points, f"{verb}_campaign"), by=komorebi.actor)
        for verb in ("start", "pause", "end", "change")
    }


def earned(lots):
    return [lot.earned_minor for lot in lots]


def stands(campaign):
    """(status, points given, purchases)."""
    campaign.refresh_from_db()
    return campaign.status, campaign.used_minor, campaign.purchases


class TestAtTheTill:
    def test_gives_a_lot_of_its_own_beside_the_base_rate(self, runs, buy, purse, komorebi):
        campaign = runs()
        (lot,) = buy(10_000)
        assert (lot.earned_minor, lot.rule_ref, lot.source, lot.status) == (
            500,
            f"{campaign.id}:2",
            "campaign",
            "pending",
        )
        assert (lot.merchant_id, purse()) == (komorebi.id, (0, 0, 600))
        cost = cost_of_campaign(Campaign.objects.get(pk=campaign.id))
        assert (cost.points, cost.left, cost.purchases, cost.customers) == (pts(500), yen(9_500), 1, 1)

    def test_happens_once_for_a_capture(self, runs, buy, purse):
        campaign, capture_id = runs(), new_id("cap")
        first = buy(10_000, capture_id=capture_id)
        assert buy(10_000, capture_id=capture_id) == first
        assert (stands(campaign), purse()) == (("running", 500, 1), (0, 0, 600))

    def test_gives_nothing_for_another_shops_purchases(self, runs, buy, fly_by_night):
        campaign = runs()
        assert buy(10_000, at=fly_by_night) == []
        assert stands(campaign) == ("running", 0, 0)

    def test_gives_nothing_for_points(self, runs, buy):
        runs()
        assert buy(0) == []

    def test_gains_nothing_from_purchases_of_one_yen(self, runs, buy):
        campaign = runs()
        assert [buy(1) for _ in range(50)] == [[]] * 50
        assert stands(campaign) == ("running", 0, 0)

    def test_is_rounded_once_over_all_captures_of_a_payment(self, runs, buy):
        campaign, payment_id = runs(), new_id("pay")
        parts = [buy(33, before=33 * part, payment_id=payment_id) for part in range(3)]
        assert [earned(lots) for lots in parts] == [[1], [2], [1]]
        assert stands(campaign) == ("running", 4, 1)

    def test_fixed_points_are_given_once_for_a_payment(self, runs, buy):
        campaign, payment_id = runs(FIXED), new_id("pay")
        parts = [buy(600, before=600 * part, payment_id=payment_id) for part in range(3)]
        assert [earned(lots) for lots in parts] == [[], [100], []]
        assert stands(campaign) == ("running", 100, 1)

    def test_counts_the_items_it_names(self, runs, buy):
        runs(skus=("beans-1",))
        assert earned(buy(3_000, items=[BEANS, MILL])) == [50]
        assert buy(3_000, items=[MILL]) == []

    def test_adds_up_or_is_the_best(self, runs, buy):
        runs(), runs(rate_basis_points=100)
        runs(FIXED, combining=Combining.BEST_OF), runs(rate_basis_points=200, combining=Combining.BEST_OF)
        assert sorted(earned(buy(2_000))) == [20, 100, 100]
        assert sorted(earned(buy(10_000))) == [100, 200, 500]

    def test_stays_below_what_a_purchase_may_earn(self, runs, buy, purse):
        campaign = runs(rate_basis_points=2_000)
        assert earned(buy(10_000)) == [1_900]
        assert (purse(), stands(campaign)) == ((0, 0, 2_000), ("running", 1_900, 1))


class TestWhatWouldItEarn:
    def test_is_what_it_then_earns_and_reserves_nothing(self, runs, buy, alice, komorebi):
        campaign = runs(first_purchase_only=True, budget=yen(120), skus=("beans-1",))
        asked = {"wallet_id": alice.wallet.id, "merchant_id": komorebi.id, "base": yen(3_000), "now": NOON}
        seen = would_earn(items=[BEANS, MILL], **asked)
        assert [(one.source, one.amount.minor) for one in seen] == [("purchase", 30), ("campaign", 50)]
        assert stands(campaign) == ("running", 0, 0)
        assert earned(buy(3_000, items=[BEANS, MILL])) == [50]
        assert [one.source for one in would_earn(items=[BEANS], **asked | {"now": NOON + DAY})] == ["purchase"]


class TestWhen:
    def test_a_draft_gives_nothing(self, buy, komorebi):
        points.create_campaign(
            campaign_id=new_id("cmp"), merchant_id=komorebi.id, terms=RATE, by=komorebi.actor, now=NOON - DAY
        )
        assert buy(10_000) == []

    def test_a_purchase_is_judged_by_the_version_of_its_time_however_late_it_is_heard(self, runs, buy, do):
        campaign = runs()
        do["change"](campaign_id=campaign.id, changes={"rate_basis_points": 700}, now=NOON)
        do["pause"](campaign_id=campaign.id, now=NOON + DAY)
        do["start"](campaign_id=campaign.id, now=NOON + 2 * DAY)
        do["end"](campaign_id=campaign.id, now=NOON + 3 * DAY)
        second, heard = timedelta(seconds=1), NOON + 9 * DAY
        moments = [NOON - DAY - second, NOON - second, NOON, NOON + DAY, NOON + 2 * DAY, NOON + 3 * DAY]
        lots = [buy(1_000, when=when, heard=heard) for when in moments]
        assert [earned(some) for some in lots] == [[], [50], [70], [], [70], []]
        assert [lot.rule_ref.partition(":")[2] for some in lots for lot in some] == ["2", "3", "5"]

    def test_its_days_count_and_not_the_timer(self, runs, buy):
        campaign = runs(starts_on=date(2026, 11, 23), ends_before=date(2026, 11, 24))
        midnight, second = NOON.replace(hour=15), timedelta(seconds=1)
        moments = [midnight - second, midnight, midnight + DAY - second, midnight + DAY]
        assert [earned(buy(1_000, when=when)) for when in moments] == [[], [50], [50], []]
        assert stands(campaign) == ("scheduled", 100, 2)


class TestTheBudget:
    def test_stops_it_and_the_last_one_takes_what_is_left(self, runs, buy, do, hear_all, komorebi):
        campaign = runs(budget=yen(120))
        assert [earned(buy(1_000)) for _ in range(4)] == [[50], [50], [20], []]
        assert stands(campaign) == ("exhausted", 120, 3)
        hear_all()
        hear_all()
        (mail,) = OutgoingMail.objects.filter(template="campaign_used_up")
        assert (mail.to, "120 points for 3 purchases" in mail.text) == ([komorebi.owner.email], True)
        told = Event.objects.filter(subject=campaign.id, type="campaign.exhausted").get()
        assert (told.data["budget_left"], told.data["status"]) == (0, "exhausted")
        do["change"](campaign_id=campaign.id, changes={"budget": yen(200)}, now=NOON)
        assert buy(1_000) == []
        do["start"](campaign_id=campaign.id, now=NOON)
        assert [earned(buy(1_000)) for _ in range(2)] == [[50], [30]]

    def test_a_number_of_purchases_stops_it_too(self, runs, buy):
        campaign = runs(most_purchases=2)
        assert [earned(buy(1_000)) for _ in range(3)] == [[50], [50], []]
        assert stands(campaign) == ("exhausted", 100, 2)

    def test_each_customer_has_a_limit(self, runs, buy, alice, bob):
        campaign = runs(most_points_per_customer=pts(80))
        assert [earned(buy(1_000)) for _ in range(3)] == [[50], [30], []]
        assert earned(buy(1_000, who=bob)) == [50]
        had = dict(CampaignUse.objects.filter(campaign=campaign).values_list("wallet_id", "used_minor"))
        assert had == {alice.wallet.id: 80, bob.wallet.id: 50}

    def test_or_a_number_of_purchases(self, runs, buy, bob):
        runs(most_purchases_per_customer=1)
        assert [earned(buy(1_000)), earned(buy(1_000)), earned(buy(1_000, who=bob))] == [[50], [], [50]]

    @pytest.mark.django_db(transaction=True)
    def test_twelve_hands_at_once_spend_it_to_the_last_point_and_no_further(self, runs, buy, bob, alice):
        campaign = runs(budget=yen(175))
        together(*[partial(buy, 1_000, who=who) for who in (alice, bob) * 6])
        given = PointsLot.objects.filter(rule_ref__startswith=campaign.id)
        assert sorted(earned(given)) == [25, 50, 50, 50]
        assert stands(campaign) == ("exhausted", 175, 4)
        assert Event.objects.filter(subject=campaign.id, type="campaign.exhausted").count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_the_same_capture_heard_by_many_counts_once(self, runs, buy):
        campaign, capture_id, payment_id = runs(), new_id("cap"), new_id("pay")
        together(*[partial(buy, 1_000, capture_id=capture_id, payment_id=payment_id)] * 6)
        assert stands(campaign) == ("running", 50, 1)


class TestTheFirstPurchase:
    def test_is_the_first_here_and_only_here(self, runs, buy, bob, fly_by_night):
        runs(first_purchase_only=True)
        buy(1_000, at=fly_by_night)
        assert [earned(buy(1_000, when=NOON + number * DAY)) for number in range(2)] == [[50], []]
        buy(1_000, who=bob, when=NOON - 3 * DAY)
        assert buy(1_000, who=bob) == []

    def test_may_be_captured_in_parts(self, runs, buy):
        runs(first_purchase_only=True)
        payment_id = new_id("pay")
        parts = [buy(500, before=500 * part, payment_id=payment_id, when=NOON + part * DAY) for part in range(2)]
        assert [earned(lots) for lots in parts] == [[25], [25]]

    def test_stays_the_first_when_another_is_bought_between_its_parts(self, runs, buy):
        runs(first_purchase_only=True)
        parts = {"payment_id": new_id("pay"), "before": 0}
        assert earned(buy(500, **parts)) == [25]
        assert buy(1_000, when=NOON + DAY) == []
        assert earned(buy(500, when=NOON + 2 * DAY, **parts | {"before": 500})) == [25]

    def test_that_was_refunded_altogether_leaves_the_next_one_the_first(self, runs, buy, refund):
        campaign = runs(first_purchase_only=True)
        (lot,) = buy(1_000)
        refund(lot, stretch=Stretch(0, 500, 1_000))
        assert buy(1_000, when=NOON + DAY, capture_id="cap_kept") == []
        refund("cap_kept", payment_id=lot.payment_id)
        refund(lot, stretch=Stretch(500, 1_000, 1_000))
        assert stands(campaign) == ("running", 0, 0)
        assert earned(buy(1_000, when=NOON + 2 * DAY)) == [50]

    @pytest.mark.django_db(transaction=True)
    def test_is_one_of_many_at_once(self, runs, buy):
        campaign = runs(first_purchase_only=True)
        second = timedelta(seconds=1)
        together(*[partial(buy, 1_000, when=NOON - number * second, heard=NOON) for number in range(6)])
        assert stands(campaign) == ("running", 50, 1)


class TestRefunds:
    def test_return_their_exact_share_to_the_budget(self, runs, buy, refund, alice):
        campaign = runs()
        (lot,) = buy(999)
        assert lot.earned_minor == 49
        shares = []
        for start, end in ((0, 333), (333, 666), (666, 999)):
            refund(lot, stretch=Stretch(start, end, 999))
            shares.append(stands(campaign))
        assert shares == [("running", 33, 1), ("running", 16, 1), ("running", 0, 0)]
        use = CampaignUse.objects.get(campaign=campaign, wallet_id=alice.wallet.id)
        assert (use.used_minor, use.purchases) == (0, 0)

    def test_count_once(self, runs, buy, refund):
        campaign, refund_id = runs(), new_id("ref")
        (lot,) = buy(1_000)
        for _ in range(3):
            refund(lot, refund_id=refund_id)
        assert stands(campaign) == ("running", 0, 0)

    def test_may_be_heard_of_before_their_purchase(self, runs, buy, refund):
        campaign, capture_id, payment_id = runs(), new_id("cap"), new_id("pay")
        refund(capture_id, stretch=Stretch(0, 400, 1_000), payment_id=payment_id)
        (lot,) = buy(1_000, capture_id=capture_id, payment_id=payment_id)
        assert (lot.earned_minor, stands(campaign)) == (50, ("running", 30, 1))
        whole, other = new_id("cap"), new_id("pay")
        refund(whole, payment_id=other)
        assert buy(1_000, capture_id=whole, payment_id=other) == []
        assert stands(campaign) == ("running", 30, 1)

    def test_make_room_for_others(self, runs, buy, refund, bob):
        campaign = runs(budget=yen(80), most_points_per_customer=pts(60))
        (lot,) = buy(1_000)
        refund(lot)
        assert [earned(buy(1_000)), earned(buy(1_000, who=bob))] == [[50], [30]]
        assert stands(campaign) == ("exhausted", 80, 2)

    @pytest.mark.django_db(transaction=True)
    def test_at_the_same_moment_as_purchases_leave_the_counts_right(self, runs, buy, refund):
        campaign = runs()
        lots = [buy(1_000)[0] for _ in range(4)]
        together(*[partial(refund, lot) for lot in lots], *[partial(buy, 1_000) for _ in range(4)])
        assert stands(campaign) == ("running", 200, 4)


class TestItsEffect:
    def test_is_told_day_by_day_in_tokyo(self, runs, buy, refund, bob):
        campaign = runs(minimum_spend=yen(1_000))
        (lot,) = buy(1_000)
        buy(500), buy(2_000, who=bob)
        refund(lot)
        buy(3_000, when=NOON.replace(hour=15))  # the next day has begun in Tokyo
        first, second = effect_of_campaign(campaign, since=NOON - DAY, until=NOON + DAY)
        assert (first.day, first.purchases, first.customers, first.base) == (date(2026, 11, 22), 2, 2, yen(3_000))
        assert (first.points, first.purchases_without, first.customers_without) == (pts(100), 1, 1)
        assert (second.day, second.points, second.purchases_without) == (date(2026, 11, 23), pts(150), 0)


class TestCheckCampaigns:
    def test_finds_counts_that_are_off(self, runs, buy, alice):
        campaign = runs()
        buy(1_000)
        spoiled = [
            (Campaign.objects.filter(pk=campaign.pk), {"used_minor": 49}),
            (CampaignUse.objects.filter(campaign=campaign), {"purchases": 2}),
            (CampaignEarning.objects.filter(campaign=campaign), {"points_minor": 51}),
        ]
        found = [_checks_with(rows, change) for rows, change in spoiled]
        assert found == [
            ["campaigns.used"],
            ["campaigns.customers"],
            ["campaigns.used", "campaigns.customers", "campaigns.lots"],
        ]


def _checks_with(rows, change):
    (name,) = change
    before = rows.values_list(name, flat=True).get()
    rows.update(**change)
    found = [finding.check for finding in points.check_campaigns(now=NOON)]
    rows.update(**{name: before})
    return found


class TestAShopThatLeft:
    def test_gives_nothing_more(self, runs, buy, hear_all, komorebi, fly_by_night):
        mine, other = runs(), runs(at=fly_by_night)
        buy(1_000)
        merchants.let_merchant_leave(merchant_id=komorebi.id, reason="sold", by=SYSTEM, now=NOON + DAY)
        hear_all(NOON + DAY)
        assert (stands(mine), stands(other)) == (("ended", 50, 1), ("running", 0, 0))
        assert buy(1_000, when=NOON + 2 * DAY) == []
