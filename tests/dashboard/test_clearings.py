"""A shop reads what points cost and brought it."""

from datetime import date, timedelta

import pytest

from common.money import pts
from points import services as points
from points.clearing import month_span
from points.models import PointsClearing
from tests.cast import NOON
from tests.dashboard.conftest import text
from tests.points.conftest import earn, has, hold, pay, redeem  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def statement(has, pay, komorebi, fly_by_night):  # noqa: F811 (fixtures)
    """Komorebi's points were spent at Fly-by-Night, and at home."""
    has(300)
    pay(100, at=fly_by_night)
    pay(50, at=komorebi)
    assert pts(100)
    points.cut_clearing(month=NOVEMBER, now=month_span(NOVEMBER)[1] + timedelta(hours=1))
    return PointsClearing.objects.get(merchant_id=komorebi.id)


class TestTheList:
    def test_says_what_will_stand_here(self, owner, at):
        assert "No statement yet" in text(owner.get(at("points", "clearing")))

    def test_has_a_line_for_each_month(self, owner, at, statement):
        page = text(owner.get(at("points", "clearing")))
        assert "November 2026" in page
        assert 'value="-100"' in page


class TestAStatement:
    def test_names_the_other_shop_and_what_was_between_them(self, owner, at, statement):
        page = text(owner.get(at("points", "clearing", statement.id)))
        for said in ("Fly-by-Night Optics", "Your points, spent elsewhere", "Your points, spent at your shops"):
            assert said in page

    def test_comes_as_a_file(self, owner, at, statement, fly_by_night):
        answer = owner.get(at("points", "clearing", statement.id, "export.csv"))
        assert answer["Content-Disposition"] == 'attachment; filename="points-clearing-2026-11.csv"'
        lines = b"".join(answer.streaming_content).decode().lstrip("\ufeff").splitlines()
        assert lines[0] == "month,kind,counterparty,counterparty_name,amount,count,net_effect,reserve_effect"
        assert f"2026-11,spent_elsewhere,{fly_by_night.id},Fly-by-Night Optics,100,1,-100,-100" in lines

    def test_is_not_there_for_others(self, stranger, owner, at, statement, fly_by_night):
        theirs = PointsClearing.objects.get(merchant_id=fly_by_night.id)
        assert owner.get(at("points", "clearing", theirs.id)).status_code == 404
        assert stranger.get(at("points", "clearing", statement.id)).status_code == 404


def test_noon_is_in_november():
    assert NOON.month == NOVEMBER.month
