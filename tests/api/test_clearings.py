"""A shop's server reads the statements of its points."""

from datetime import date

import pytest

from points.models import PointsClearing, PointsClearingLine
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def stated():
    def stated(shop, *months):
        for month in months:
            clearing = PointsClearing.objects.create(
                month=date(2026, month, 1),
                merchant_id=shop.id,
                opening_minor=0,
                closing_minor=300,
                net_minor=-100,
                cut_at=NOON,
            )
            for kind, minor in (("set_aside", 400), ("spent_elsewhere", 100)):
                PointsClearingLine.objects.create(clearing=clearing, kind=kind, amount_minor=minor, changes=2)
        return clearing

    return stated


class TestClearings:
    def test_are_listed_the_newest_month_first(self, shop, komorebi, fly_by_night, stated):
        stated(komorebi, 8, 9, 10)
        stated(fly_by_night, 10)
        page = shop.get("/v1/points/clearing?limit=2").body
        assert ([one["month"] for one in page["data"]], page["has_more"]) == (["2026-10", "2026-09"], True)
        rest = shop.get(page["next"]).body
        assert ([one["month"] for one in rest["data"]], rest["has_more"]) == (["2026-08"], False)
        back = shop.get(f"/v1/points/clearing?ending_before={rest['data'][0]['id']}").body
        assert [one["month"] for one in back["data"]] == ["2026-10", "2026-09"]

    def test_say_every_line(self, shop, komorebi, stated):
        one = shop.get(f"/v1/points/clearing/{stated(komorebi, 10).id}").body
        assert (one["opening_reserve"], one["closing_reserve"], one["net_position"]) == (0, 300, -100)
        assert one["lines"] == [
            {"kind": "set_aside", "counterparty": None, "amount": 400, "count": 2},
            {"kind": "spent_elsewhere", "counterparty": "commerce", "amount": 100, "count": 2},
        ]

    def test_are_nobody_elses(self, shop, fly_by_night, stated):
        answer = shop.get(f"/v1/points/clearing/{stated(fly_by_night, 10).id}")
        assert (answer.status, answer.body["code"]) == (404, "points_clearing_not_found")
