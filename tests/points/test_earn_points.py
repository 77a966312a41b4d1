"""Earning: pending on capture, live after the return window."""

from datetime import timedelta

import pytest
from django.utils import translation

from common.actors import SYSTEM
from common.functions import FunctionRefused
from common.ids import new_id
from common.money import Money
from merchants.models import Merchant
from points import services as points
from points.models import PointsLot
from points.queries import history_of, lots_of
from tests.cast import NOON

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


class TestEarnPoints:
    def test_gives_one_percent_pending_and_costs_the_shop_nothing_yet(self, earn, purse, books, worth, komorebi):
        earn(12_850)
        assert (purse(), books()) == ((0, 0, 128), (0, 0, 128))
        assert worth(komorebi) == (0, 0, 128)

    def test_happens_once_for_a_capture(self, earn, purse):
        capture_id = new_id("cap")
        first, again = earn(5_000, capture_id=capture_id), earn(5_000, capture_id=capture_id)
        assert first == again
        assert purse() == (0, 0, 50)

    def test_gains_nothing_from_a_thousand_purchases_of_one_yen(self, earn, purse):
        assert [earn(1) for _ in range(1_000)] == [None] * 1_000
        assert earn(99) is None
        assert purse() == (0, 0, 0)

    def test_earns_in_yen_only(self, alice, komorebi):
        facts = {"payment_id": new_id("pay"), "wallet_id": alice.wallet.id, "merchant_id": komorebi.id}
        lots = points.earn_points(
            capture_id=new_id("cap"), base=Money(100_000, "USD"), captured_at=NOON, now=NOON, **facts
        )
        assert lots == []

    def test_earns_nothing_from_nothing(self, earn):
        assert earn(0) is None

    def test_follows_the_program(self, earn):
        terms = {"earn_basis_points": 250, "expiry_months": 6, "return_window_days": 30}
        points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, **terms)
        lot = earn(1_000)
        assert lot.earned_minor == 25
        assert lot.available_from == NOON + timedelta(days=30)

    def test_waits_longer_for_a_shop_with_a_longer_return_window(self, earn, komorebi):
        Merchant.objects.filter(pk=komorebi.id).update(return_window_days=60)
        assert earn(1_000).available_from == NOON + timedelta(days=60)
        Merchant.objects.filter(pk=komorebi.id).update(return_window_days=0)
        assert earn(1_000).available_from == NOON + timedelta(days=14)


class TestActivatePoints:
    def test_makes_points_live_when_the_window_is_over_and_not_before(self, earn, purse, books, worth, komorebi):
        lot = earn(10_000)
        assert points.activate_points(now=lot.available_from - SECOND) == 0
        assert points.activate_points(now=lot.available_from) == 1
        assert (purse(), books()) == ((100, 0, 0), (100, 100, 0))
        assert worth(komorebi) == (-100, 100, 100)

    def test_does_it_once(self, has, purse):
        lot = has(100)
        assert points.activate_points(now=lot.available_from) == 0
        assert purse() == (100, 0, 0)

    def test_goes_on_after_a_lot_that_cannot_be_worked_on(self, earn, monkeypatch, caplog):
        broken, sound = sorted([earn(1_000), earn(2_000)], key=lambda lot: lot.id)
        shift = PointsLot.shift

        def stumble(lot, *args, **options):
            if lot.id == broken.id:
                raise RuntimeError("power cut")
            return shift(lot, *args, **options)

        def no_page(*_facts):
            raise FunctionRefused("not_covered", {})

        monkeypatch.setattr("points.pages.call_function", no_page)

        monkeypatch.setattr(PointsLot, "shift", stumble)
        assert points.activate_points(now=sound.available_from) == 1
        assert broken.id in caplog.text
        monkeypatch.undo()
        assert points.activate_points(now=sound.available_from) == 1


class TestHistory:
    def test_tells_one_line_for_one_happening(self, has, pay, alice, komorebi, fly_by_night):
        has(30)
        has(50, at=fly_by_night)
        payment_id = pay(60)
        lines = history_of(alice.wallet.id)
        assert [(line.change, line.amount.minor) for line in lines] == [
            ("redeemed", -60),
            ("earned", 50),
            ("earned", 30),
        ]
        assert (lines[0].payment_id, lines[0].merchant_id) == (payment_id, komorebi.id)
        with translation.override("en"):
            assert lines[0].text == "Redeemed"

    def test_shows_nobody_elses(self, has, bob, mallory):
        has(30)
        assert history_of(mallory.wallet.id) == lots_of(bob.wallet.id) == []

    def test_lists_lots_by_expiry(self, has, earn, alice):
        later, sooner = has(30), has(50, when=NOON - timedelta(days=30))
        waiting = earn(1_000)
        assert lots_of(alice.wallet.id) == [sooner, later, waiting]
