"""A shop left: its points stay what they are, and no last payout takes their money."""

from functools import partial

import pytest

from common.actors import SYSTEM
from common.money import yen
from ledger.queries import posted_balance
from merchants import services as merchants
from payments import services as payments
from payments.postings import owed_by
from points import pages
from points import services as points
from points.models import PointsLot
from points.postings import payable
from points.queries import unfunded_of
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db(transaction=True)
set_aside = partial(points.set_aside_for_leavers, now=NOON)


@pytest.fixture
def leaves():
    def leaves(shop):
        merchants.let_merchant_leave(merchant_id=shop.id, reason="Closed its doors", by=SYSTEM, now=NOON)

    return leaves


class TestSetAsideForLeavers:
    def test_takes_the_worth_of_pending_points_from_what_is_owed(self, earn, komorebi, fly_by_night, leaves, worth):
        earn(10_000)
        earn(5_000, at=fly_by_night)
        assert (set_aside(), unfunded_of(komorebi.id)) == (0, yen(100))
        leaves(komorebi)
        assert set_aside() == 1
        assert worth(komorebi)[:2] == (-100, 100)
        assert worth(fly_by_night)[:2] == (0, 0)
        assert (unfunded_of(komorebi.id), unfunded_of(fly_by_night.id)) == (yen(0), yen(50))

    def test_happens_once(self, earn, komorebi, leaves, worth):
        earn(10_000)
        leaves(komorebi)
        assert [set_aside() for _ in range(3)] == [1, 0, 0]
        assert worth(komorebi)[:2] == (-100, 100)

    def test_two_hands_share_the_work(self, earn, komorebi, leaves, worth, monkeypatch):
        for _ in range(20):
            earn(1_000)
        leaves(komorebi)
        monkeypatch.setattr(pages, "PAGE", 3)
        assert sum(together(set_aside, set_aside)) == 20
        assert worth(komorebi)[1] == 200

    def test_meets_points_of_a_late_capture_in_its_next_run(self, earn, komorebi, leaves):
        leaves(komorebi)
        earn(10_000)
        assert (set_aside(), unfunded_of(komorebi.id)) == (1, yen(0))

    def test_is_not_done_again_when_the_points_become_live(self, earn, komorebi, leaves, worth, purse):
        lot = earn(10_000)
        leaves(komorebi)
        set_aside()
        points.activate_points(now=lot.available_from)
        assert purse(now=lot.available_from)[0] == 100
        assert worth(komorebi)[:2] == (-100, 100)

    def test_falls_back_when_a_refund_takes_pending_points_back(self, earn, komorebi, leaves, worth, take_back):
        lot = earn(10_000)
        leaves(komorebi)
        set_aside()
        take_back(lot)
        assert worth(komorebi) == (0, 0, 0)

    def test_becomes_a_claim_where_nothing_was_owed(self, earn, komorebi, leaves):
        earn(10_000)
        leaves(komorebi)
        set_aside()
        payments.settle_shortfalls(now=NOON)
        assert posted_balance(owed_by(komorebi.id), "JPY") == yen(100)
        assert posted_balance(payable(komorebi.id), "JPY") == yen(0)


class TestPointsOfAShopThatLeft:
    def test_are_spent_at_any_other(self, earn, komorebi, fly_by_night, leaves, pay, purse, worth):
        lot = earn(10_000)
        leaves(komorebi)
        set_aside()
        now = lot.available_from
        points.activate_points(now=now)
        pay(100, at=fly_by_night, now=now)
        assert purse(now=now) == (0, 0, 0)
        assert worth(fly_by_night)[0] == 100
        assert worth(komorebi)[:2] == (-100, 0)

    def test_expire_in_its_favour(self, earn, komorebi, leaves, worth):
        lot = earn(10_000)
        leaves(komorebi)
        set_aside()
        points.activate_points(now=lot.available_from)
        points.expire_points(now=PointsLot.objects.get().expires_at)
        assert worth(komorebi) == (0, 0, 0)
