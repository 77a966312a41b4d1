"""What the operator reads about all points together."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common import clock
from common.money import yen
from ledger.states import OPERATOR
from points import services as points
from points.models import PointsLot
from points.report_queries import ages, breakage_since, liability, liability_by_expiry
from tests.cast import NOON
from tests.points.test_cut_clearing import granted_by_the_commerce
from tests.vaultpay.desk import at_the_desk

pytestmark = pytest.mark.django_db


class TestReports:
    def test_say_what_is_owed_and_when_it_ends(self, has, pay, alice, komorebi, fly_by_night):
        has(300)
        has(50, at=fly_by_night)
        pay(40)
        granted_by_the_commerce(alice.wallet.id, 7)
        owed = liability_by_expiry()
        ends = date(2027, 11, 1)
        assert {(row.funder, row.month): row.amount.minor for row in owed if row.funder != OPERATOR} == {
            (komorebi.id, ends): 260,
            (fly_by_night.id, ends): 50,
        }
        assert {row.funder: (row.lots, row.books) for row in liability()} == {
            komorebi.id: (yen(260), yen(260)),
            fly_by_night.id: (yen(50), yen(50)),
            OPERATOR: (yen(7), yen(7)),
        }
        assert all(row.agrees for row in liability())

    def test_count_what_ends_at_midnight_to_the_month_that_ends(self, has, komorebi):
        lot = has(300)
        PointsLot.objects.filter(pk=lot.id).update(expires_at=datetime(2027, 3, 31, 15, tzinfo=UTC))
        assert [row.month for row in liability_by_expiry()] == [date(2027, 3, 1)]

    def test_say_what_nobody_came_for(self, has, komorebi):
        lot = has(300)
        points.expire_points(now=lot.expires_at)
        month = clock.business_date(lot.expires_at).replace(day=1)
        (row,) = breakage_since(NOON)
        assert (row.funder, row.month, row.amount) == (komorebi.id, month, yen(300))
        assert breakage_since(lot.expires_at + timedelta(seconds=1)) == []

    def test_say_how_old_live_points_are(self, has):
        has(300)
        has(20, when=NOON - timedelta(days=100))
        has(1, when=NOON - timedelta(days=200))
        assert [(age.place, age.amount.minor, age.lots) for age in ages(NOON)] == [(0, 300, 1), (2, 20, 1), (3, 1, 1)]

    def test_find_that_the_books_differ(self, has, alice):
        lot = has(300)
        PointsLot.objects.filter(pk=lot.id).update(remaining_minor=290, redeemed_minor=10)
        assert [row.agrees for row in liability()] == [False]
        PointsLot.objects.filter(pk=lot.id).update(remaining_minor=300, redeemed_minor=0)


class TestThePage:
    @pytest.fixture
    def staff(self, db):
        return at_the_desk("mamoru")

    def test_shows_the_sums_beside_the_books(self, has, staff, komorebi):
        has(300)
        has(25, when=NOON - timedelta(days=60))
        said = staff.get("/staff/points/pointsclearing/reports/").content.decode()
        assert "The books agree" in said
        assert komorebi.merchant.display_name in said
        assert 'value="325"' in said

    def test_is_led_to_from_the_index(self, staff):
        assert "/staff/points/pointsclearing/reports/" in staff.get("/staff/").content.decode()
