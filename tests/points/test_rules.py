"""What a purchase earns by all rules together, and what nobody gains by slicing it."""

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from

from common.actors import SYSTEM
from common.ids import new_id
from common.money import pts, yen
from ledger.states import OPERATOR
from points import rules
from points import services as points
from points.earning import most_of
from points.errors import ProgramOutOfBounds, ProgramTooEarly
from points.models import Earning, PointsLot, PointsProgram
from points.queries import points_earned_by, program, would_earn
from points.states import Source
from points.types import Extra
from tests.cast import NOON
from tests.conftest import together

SECOND = timedelta(seconds=1)


def tenfold(earning, program, room, now):
    """The shop gives ten percent more."""
    return [Extra(rule_ref="shop:1", source=Source.TIER, funder=earning.merchant_id, amount=earning.at_rate(1_000))]


def gold(earning, program, room, now):
    """A tier: half a percent more, from the commerce."""
    return [Extra(rule_ref="tier:gold", source=Source.TIER, funder=OPERATOR, amount=earning.at_rate(50))]


@pytest.fixture
def ruled(monkeypatch):
    def ruled(*wanted):
        monkeypatch.setattr(rules, "RULES", list(wanted))
        monkeypatch.setattr("points.earning.RULES", list(wanted))

    return ruled


@pytest.fixture
def buy(alice, komorebi):
    """A capture; answers what each rule gave."""

    def buy(minor, *, payment_id=None, before=0, items=(), capture_id=None, when=NOON):
        lots = points.earn_points(
            capture_id=capture_id or new_id("cap"),
            payment_id=payment_id or new_id("pay"),
            wallet_id=alice.wallet.id,
            merchant_id=komorebi.id,
            base=yen(minor),
            base_before=yen(before),
            items=items,
            captured_at=when,
            now=when,
        )
        return {lot.rule_ref: lot.earned_minor for lot in lots}

    return buy


@pytest.mark.django_db
class TestSeveralLots:
    def test_come_of_one_capture_each_with_its_source_and_funder(self, ruled, buy, komorebi, purse):
        ruled(gold, tenfold)
        payment_id = new_id("pay")
        assert buy(10_000, payment_id=payment_id) == {"program:1": 100, "tier:gold": 50, "shop:1": 1_000}
        assert [(lot.source, lot.funder) for lot in points_earned_by(payment_id)] == [
            ("purchase", komorebi.id),
            ("tier", OPERATOR),
            ("tier", komorebi.id),
        ]
        assert purse() == (0, 0, 1_150)

    def test_are_earned_once(self, ruled, buy, purse):
        ruled(gold, tenfold)
        capture_id = new_id("cap")
        assert buy(10_000, capture_id=capture_id) == buy(10_000, capture_id=capture_id)
        assert purse() == (0, 0, 1_150)

    def test_leave_together_when_the_purchase_is_refunded(self, ruled, buy, take_back, purse, worth, komorebi):
        ruled(gold, tenfold)
        buy(10_000)
        lot = PointsLot.objects.first()
        points.activate_points(now=lot.available_from)
        assert (purse(), worth(komorebi)) == ((1_150, 0, 0), (-1_100, 1_100, 1_100))
        take_back(lot)
        assert (purse(), worth(komorebi)) == ((0, 0, 0), (0, 0, 0))

    def test_none_lends_what_it_must_give_up_itself(self, ruled, buy, pay, take_back, purse, alice):
        ruled(tenfold)
        buy(10_000)
        lot = PointsLot.objects.first()
        points.activate_points(now=lot.available_from)
        pay(100)
        take_back(lot)
        assert PointsLot.objects.filter(lent_minor__gt=0).count() == 0
        assert purse() == (0, 0, 0)
        assert sum(PointsLot.objects.values_list("owed_minor", flat=True)) == 100

    def test_a_rule_that_counts_says_how_much_stands(self, ruled, buy):
        def nearly_empty(earning, program, room, now):
            (extra,) = tenfold(earning, program, room, now)
            return [Extra(extra.rule_ref, extra.source, extra.funder, extra.amount, grant=lambda *_: pts(7))]

        ruled(nearly_empty)
        assert buy(10_000) == {"program:1": 100, "shop:1": 7}

    def test_are_foretold_without_being_written(self, ruled, alice, komorebi):
        ruled(gold, tenfold)
        told = would_earn(wallet_id=alice.wallet.id, merchant_id=komorebi.id, base=yen(12_345), now=NOON)
        assert [(extra.source, extra.amount.minor) for extra in told] == [
            ("purchase", 123),
            ("tier", 61),
            ("tier", 1_234),
        ]
        assert not PointsLot.objects.exists()
        assert not Earning.objects.exists()


@pytest.mark.django_db
class TestMostOnOnePurchase:
    def test_is_a_fifth_base_first_then_in_the_order_of_the_rules(self, ruled, buy):
        ruled(gold, tenfold, lambda *facts: [_renamed(tenfold(*facts)[0])])
        assert buy(10_000) == {"program:1": 100, "tier:gold": 50, "shop:1": 1_000, "shop:2": 850}

    def test_counts_captures_of_a_part_together(self, ruled, buy):
        ruled(tenfold, lambda *facts: [_renamed(tenfold(*facts)[0])])
        payment_id = new_id("pay")
        parts = [buy(2_500, payment_id=payment_id, before=before) for before in (0, 2_500, 5_000, 7_500)]
        assert sum(sum(part.values()) for part in parts) == 2_000

    @pytest.mark.django_db(transaction=True)
    def test_is_the_same_when_the_captures_of_one_purchase_are_heard_at_once(self, ruled, buy):
        """Neither sees what the other earns, if they do not wait for each other."""
        ruled(lambda *facts: [_renamed(tenfold(*facts)[0])], lambda *facts: [_renamed(tenfold(*facts)[0], "shop:3")])
        for _ in range(4):
            payment_id = new_id("pay")
            heard = [partial(buy, 2_500, payment_id=payment_id, before=before) for before in (0, 2_500, 5_000, 7_500)]
            answers = together(*heard)
            assert sum(sum(answer.values()) for answer in answers) == 2_000

    @pytest.mark.parametrize(("base", "most"), [(0, 0), (1, 1), (150, 150), (200, 200), (999, 200), (1_001, 200)])
    def test_is_two_hundred_below_a_thousand_yen_and_never_more_than_was_paid(self, base, most):
        assert most_of(yen(base), PointsProgram()) == pts(most)

    @given(first=integers(0, 100_000), second=integers(0, 100_000))
    def test_only_grows_from_capture_to_capture(self, first, second):
        assert most_of(yen(first), PointsProgram()) <= most_of(yen(first + second), PointsProgram())


def _renamed(extra, name="shop:2"):
    return Extra(name, extra.source, extra.funder, extra.amount)


@pytest.mark.django_db
class TestNothingToGain:
    def test_from_a_thousand_purchases_of_one_yen(self, ruled, buy, purse):
        """Ten percent of one yen is nothing, however often."""
        ruled(gold, tenfold)
        assert [buy(1) for _ in range(1_000)] == [{}] * 1_000
        assert purse() == (0, 0, 0)

    def test_from_a_purchase_that_is_captured_yen_by_yen(self, ruled, buy, purse):
        ruled(gold, tenfold)
        payment_id = new_id("pay")
        for before in range(400):
            buy(1, payment_id=payment_id, before=before)
        assert purse() == (0, 0, 4 + 2 + 40), "exactly what ¥400 earn at once"

    @given(parts=lists(integers(1, 3_000), min_size=1, max_size=12), rate=sampled_from([1, 33, 100, 250, 1_999]))
    def test_from_any_slicing(self, parts, rate):
        captures = [Earning(base_minor=part, base_before_minor=sum(parts[:place])) for place, part in enumerate(parts)]
        assert sum(capture.at_rate(rate).minor for capture in captures) == sum(parts) * rate // 10_000


@pytest.mark.django_db
class TestProgram:
    def test_counts_for_what_is_bought_from_then_on(self, buy):
        points.change_program(by=SYSTEM, effective_from=NOON + SECOND, now=NOON, earn_basis_points=300)
        assert buy(1_000) == {"program:1": 10}
        assert buy(1_000, when=NOON + SECOND) == {"program:2": 30}

    def test_keeps_what_is_not_named_and_who_changed_it(self):
        points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, grace_days=7)
        newest = points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, expiry_months=24)
        assert (newest.number, newest.grace_days, newest.expiry_months, newest.changed_by) == (3, 7, 24, SYSTEM.ref)

    def test_the_newest_that_has_begun_counts(self):
        points.change_program(by=SYSTEM, effective_from=NOON + 2 * SECOND, now=NOON, grace_days=7)
        points.change_program(by=SYSTEM, effective_from=NOON + SECOND, now=NOON, grace_days=9)
        assert [program(NOON + step * SECOND).grace_days for step in range(3)] == [30, 9, 9]

    def test_never_changes_what_was_bought_already(self):
        with pytest.raises(ProgramTooEarly):
            points.change_program(by=SYSTEM, effective_from=NOON - SECOND, now=NOON, grace_days=7)

    @pytest.mark.parametrize(
        "terms", [{"earn_basis_points": 2_001}, {"most_basis_points": 2_001}, {"expiry_months": 0}, {"gift_least": 0}]
    )
    def test_stays_within_the_law_and_reason(self, terms):
        with pytest.raises(ProgramOutOfBounds):
            points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, **terms)

    def test_is_only_added_to(self):
        with pytest.raises(TypeError):
            PointsProgram.at(NOON).save()
