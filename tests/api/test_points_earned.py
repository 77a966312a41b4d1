"""What a payment's points have become, as its shop reads it: null until it is known, and never what others fund."""

import pytest

from common.db import transaction
from common.money import yen
from ledger.states import OPERATOR
from points import services as points
from points.lots import add_lot
from points.models import PointsLot
from points.states import Source
from tests.payments.test_points_only import pays


@pytest.fixture
def earned(shop):
    return lambda payment: shop.get(f"/v1/payments/{payment.id}").body["points_earned"]


def what(pending=0, live=0, taken_back=0):
    return {"pending": pending, "live": live, "taken_back": taken_back}


class TestPointsEarned:
    def test_are_unknown_until_they_were_counted(self, till, alice, komorebi, earned):
        payment = till.asks(komorebi)
        assert earned(payment) is None
        till.approve(payment, alice)
        assert earned(payment) is None
        till.relay()
        assert earned(payment) == what(pending=128)

    def test_are_live_after_the_return_window_and_stay_so_when_they_are_spent(self, till, alice, komorebi, earned):
        payment = till.buys(alice, komorebi)
        till.relay()
        till.later(days=15)
        points.activate_points(now=till.now)
        assert earned(payment) == what(live=128)
        pays(till, alice, komorebi, 100)
        assert earned(payment) == what(live=128)

    @pytest.mark.parametrize("spent", [False, True])
    def test_leave_with_refunds_also_when_they_were_spent(self, till, alice, komorebi, earned, spent):
        payment = till.buys(alice, komorebi)
        till.relay()
        till.later(days=15)
        points.activate_points(now=till.now)
        if spent:
            pays(till, alice, komorebi, 128)
        till.refunds(payment, amount=yen(3_200))
        till.relay()
        assert earned(payment) == what(live=96, taken_back=32)
        till.refunds(payment)
        till.relay()
        assert earned(payment) == what(taken_back=128)

    def test_leave_while_they_are_pending(self, till, alice, komorebi, earned):
        payment = till.buys(alice, komorebi)
        till.relay()
        till.refunds(payment, amount=yen(6_400))
        till.relay()
        assert earned(payment) == what(pending=64, taken_back=64)

    def test_of_several_captures_are_told_when_all_were_counted(self, till, alice, komorebi, earned):
        payment = till.buys(alice, komorebi, capture_method="manual")
        till.captures(payment, 5_000)
        till.relay()
        assert earned(payment) == what(pending=50)
        till.captures(payment, 7_800)
        assert earned(payment) is None
        till.relay()
        assert earned(payment) == what(pending=128)

    def test_are_none_where_points_paid_all(self, till, alice, komorebi, earned):
        till.gives_points(alice, komorebi, 5_000)
        till.passkey(alice)
        payment = pays(till, alice, komorebi, 5_000)
        till.relay()
        assert earned(payment) == what()

    def test_are_the_shops_own_only(self, till, alice, komorebi, earned):
        """What the commerce gives on top, to those who buy much, would tell the shop who they are."""
        payment = till.buys(alice, komorebi)
        till.relay()
        lot = PointsLot.objects.get(payment_id=payment.id)
        transaction(add_lot)(
            wallet_id=alice.wallet.id,
            source=Source.TIER,
            source_ref=lot.source_ref,
            rule_ref="tier:gold",
            funder=OPERATOR,
            amount=lot.earned,
            payment_id=payment.id,
            available_from=lot.available_from,
            expires_at=lot.expires_at,
            now=till.now,
        )
        assert earned(payment) == what(pending=128)

    def test_in_a_list_cost_no_more_for_more_payments(self, till, alice, komorebi, shop, django_assert_max_num_queries):
        for _ in range(6):
            till.buys(alice, komorebi, 1_000)
        till.relay()
        with django_assert_max_num_queries(18):
            told = shop.get("/v1/payments").body["data"]
        assert [one["points_earned"] for one in told] == [what(pending=10)] * 6

    def test_are_not_told_by_events(self, till, alice, komorebi, shop):
        till.buys(alice, komorebi)
        till.relay()
        told = shop.get("/v1/events").body["data"]
        assert all("points_earned" not in event["data"] for event in told)
