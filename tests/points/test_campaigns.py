"""What campaigns give, by table. Nothing is written here; the days are Tokyo's."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.money import pts, yen
from points.campaigns import Purchase, Standing, Terms, awards, part_that_counts
from points.states import CampaignKind, Combining, Weekday
from tests.cast import NOON

RATE, FIXED = CampaignKind.RATE, CampaignKind.FIXED
BEANS = {"name": "Beans", "sku": "beans-1", "category": "coffee", "amount_minor": 1_000}
MILL = {"name": "Mill", "sku": "mill-1", "category": "tools", "amount_minor": 2_000}
MUCH = pts(10**9)
patiently = settings(deadline=None, suppress_health_check=list(HealthCheck))

# fmt: off
RATES = [
    (0, 0), (1, 0), (19, 0), (20, 1), (39, 1), (40, 2), (999, 49), (1_000, 50), (10**12, 50_000),
]
SHARES = [
    ({"skus": ("beans-1",)},                3_000, 50),
    ({"skus": ("mill-1",)},                 3_000, 100),
    ({"skus": ("beans-1", "mill-1")},       3_000, 150),
    ({"categories": ("coffee",)},           3_000, 50),
    ({"categories": ("tea",)},              3_000, 0),
    ({"skus": ("beans-1",)},                1_500, 25),    # half was paid with points
    ({"skus": ("beans-1",), "minimum_spend": yen(1_001)}, 3_000, 0),
    ({"skus": ("beans-1",), "minimum_spend": yen(1_000)}, 3_000, 50),
]
MOMENTS = [
    (datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC), False),    # 23:59:59 in Tokyo on the day before
    (datetime(2026, 11, 30, 15, 0, tzinfo=UTC),      True),     # midnight in Tokyo: the first day
    (datetime(2026, 12, 31, 14, 59, 59, tzinfo=UTC), True),
    (datetime(2026, 12, 31, 15, 0, tzinfo=UTC),      False),    # half-open
]
LIMITS = [
    ({},                                        {"used": pts(999_960)},                           40),
    ({},                                        {"used": pts(1_000_000)},                         0),
    ({"most_points_per_customer": pts(30)},     {},                                               30),
    ({"most_points_per_customer": pts(30)},     {"used_by_customer": pts(30)},                    0),
    ({"most_points_per_customer": pts(30)},     {"used_by_customer": pts(31)},                    0),  # lowered
    ({"most_purchases_per_customer": 2},        {"purchases_by_customer": 1},                     50),
    ({"most_purchases_per_customer": 2},        {"purchases_by_customer": 2},                     0),
    ({"most_purchases_per_customer": 2},        {"purchases_by_customer": 2, "is_counted": True}, 50),
    ({"most_purchases": 5},                     {"purchases": 4},                                 50),
    ({"most_purchases": 5},                     {"purchases": 5},                                 0),
    ({"most_purchases": 5},                     {"purchases": 5, "is_counted": True},             50),
]
# fmt: on


def terms(kind=RATE, **changes):
    usual = {"rate_basis_points": 500} if kind == RATE else {"points": pts(100), "minimum_spend": yen(500)}
    return Terms(**{"name": "Autumn", "kind": kind, "budget": yen(1_000_000), **usual, **changes})


def bought(base, *, before=0, items=(), at=NOON, first=False):
    return Purchase(base=yen(base), base_before=yen(before), items=items, captured_at=at, is_first=lambda: first)


def gives(of, purchase, *, most=MUCH, **standing):
    found = awards(purchase, [Standing(campaign_id="cmp_a", version=1, terms=of, **standing)], most=most)
    return sum(award.points.minor for award in found)


class TestARate:
    @pytest.mark.parametrize(("base", "points"), RATES)
    def test_is_rounded_down_and_ends_with_the_budget(self, base, points):
        assert gives(terms(budget=yen(50_000)), bought(base)) == points

    def test_gains_nothing_from_a_thousand_purchases_of_one_yen(self):
        assert sum(gives(terms(), bought(1)) for _ in range(1_000)) == 0

    def test_gives_for_a_thousand_parts_what_it_gives_for_the_whole(self):
        assert sum(gives(terms(), bought(1, before=taken)) for taken in range(1_000)) == gives(terms(), bought(1_000))

    @patiently
    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20), st.integers(1, 2_000), st.integers(0, 10**9))
    def test_gives_the_same_however_a_payment_is_captured(self, parts, rate, least):
        of = terms(rate_basis_points=rate, minimum_spend=yen(least), budget=yen(10**12))
        before = [sum(parts[:place]) for place in range(len(parts))]
        in_parts = sum(gives(of, bought(part, before=taken)) for part, taken in zip(parts, before, strict=True))
        assert in_parts == gives(of, bought(sum(parts)))

    def test_counts_the_whole_purchase_once_the_minimum_is_reached(self):
        of = terms(minimum_spend=yen(1_000))
        assert [gives(of, bought(600)), gives(of, bought(600, before=600)), gives(of, bought(600, before=1_200))] == [
            0,
            60,
            30,
        ]


class TestFixedPoints:
    def test_are_given_once_with_the_capture_that_reaches_the_minimum(self):
        of = terms(FIXED, minimum_spend=yen(500))
        assert [gives(of, bought(300, before=taken)) for taken in (0, 300, 600, 900)] == [0, 100, 0, 0]

    def test_ask_for_the_minimum_itself(self):
        assert (gives(terms(FIXED), bought(499)), gives(terms(FIXED), bought(500))) == (0, 100)

    def test_are_never_given_for_points(self):
        assert gives(terms(FIXED), bought(0)) == 0


class TestItems:
    @pytest.mark.parametrize(("named", "base", "points"), SHARES)
    def test_share_the_money_part(self, named, base, points):
        assert gives(terms(**named), bought(base, items=[BEANS, MILL])) == points

    @pytest.mark.parametrize("items", [[], [{**BEANS, "amount_minor": 0}]])
    def test_that_are_not_there_earn_nothing(self, items):
        assert gives(terms(skus=("beans-1",)), bought(10_000, items=items)) == 0

    @patiently
    @given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=2, max_size=6))
    def test_and_the_rest_are_the_whole(self, base, amounts):
        items = [{"sku": str(place), "amount_minor": amount} for place, amount in enumerate(amounts)]
        halves = [tuple(str(place) for place in range(len(amounts)) if place % 2 == odd) for odd in (0, 1)]
        parts = [part_that_counts(yen(base), items, terms(skus=half)) for half in halves]
        if sum(amounts):
            assert abs(parts[0].minor + parts[1].minor - base) <= 1  # a tie goes to whoever asks
        assert all(yen(0) <= part <= yen(base) for part in parts)

    @patiently
    @given(st.lists(st.integers(0, 10**4), min_size=1, max_size=5), st.integers(1, 300))
    def test_only_grow_with_the_purchase(self, amounts, base):
        items = [{"sku": str(place), "amount_minor": amount} for place, amount in enumerate(amounts)]
        parts = [part_that_counts(yen(sofar), items, terms(skus=("0",))).minor for sofar in range(base)]
        assert all(before <= after for before, after in pairwise(parts))


class TestDays:
    @pytest.mark.parametrize(("at", "counts"), MOMENTS)
    def test_are_half_open_in_tokyo(self, at, counts):
        of = terms(starts_on=date(2026, 12, 1), ends_before=date(2027, 1, 1))
        assert gives(of, bought(1_000, at=at)) == (50 if counts else 0)

    def test_of_the_week_are_tokyos_too(self):
        sundays = terms(weekdays=(Weekday.SUNDAY,))
        midnight = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)  # when Sunday the 22nd begins in Tokyo
        moments = [midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=24)]
        assert [gives(sundays, bought(1_000, at=at)) for at in moments] == [0, 50, 0]


class TestLimits:
    @pytest.mark.parametrize(("limits", "standing", "points"), LIMITS)
    def test_hold_and_the_last_one_takes_what_is_left(self, limits, standing, points):
        assert gives(terms(**limits), bought(1_000), **standing) == points

    def test_a_purchase_has_a_ceiling_of_its_own(self):
        assert gives(terms(), bought(1_000), most=pts(7)) == 7

    def test_the_first_purchase_is_one(self):
        of = terms(first_purchase_only=True)
        assert (gives(of, bought(1_000, first=True)), gives(of, bought(1_000))) == (50, 0)
        assert gives(of, bought(1_000, first=True), purchases_by_customer=1) == 0


class TestSeveral:
    def gives(self, *many, base=1_000, before=0, most=MUCH, **standing):
        standings = [
            Standing(campaign_id=f"cmp_{place}", version=1, terms=of, **standing) for place, of in enumerate(many)
        ]
        found = awards(bought(base, before=before), standings, most=most)
        return {award.campaign_id[-1]: award.points.minor for award in found}

    def test_add_up(self):
        assert self.gives(terms(), terms(FIXED)) == {"0": 50, "1": 100}

    def test_share_one_ceiling_in_their_order(self):
        assert self.gives(terms(), terms(FIXED), most=pts(120)) == {"0": 50, "1": 70}

    def test_of_those_that_rival_only_the_best_gives(self):
        rivals = [terms(combining=Combining.BEST_OF), terms(FIXED, combining=Combining.BEST_OF)]
        assert self.gives(*rivals) == {"1": 100}
        assert self.gives(*rivals, base=10_000) == {"0": 500}
        assert self.gives(*rivals, terms(rate_basis_points=100)) == {"1": 100, "2": 10}

    def test_a_tie_goes_to_the_earlier_one(self):
        assert self.gives(*[terms(combining=Combining.BEST_OF)] * 2) == {"0": 50}

    def test_an_empty_one_takes_nobodys_place(self):
        best = terms(FIXED, combining=Combining.BEST_OF, budget=yen(1))
        assert self.gives(best, terms(combining=Combining.BEST_OF), used=pts(1)) == {"1": 50}

    def test_give_over_all_captures_what_the_best_gives_for_the_whole(self):
        rivals = [terms(combining=Combining.BEST_OF), terms(FIXED, combining=Combining.BEST_OF)]
        given = [self.gives(*rivals, base=1_000, before=taken) for taken in range(0, 5_000, 1_000)]
        assert given == [{"1": 100}, {}, {"0": 50}, {"0": 50}, {"0": 50}]
