"""Campaigns as a shop's server meets them: written, changed, started, paused, ended, and another shop's never."""

from datetime import timedelta
from itertools import count

import pytest

from common.ids import new_id
from common.money import yen
from events.models import Event
from merchants import services as merchants
from points import services as points
from points.queries import points_earned_by
from tests.api.conftest import ShopServer
from tests.cast import NOON

pytestmark = pytest.mark.django_db

WEEKENDS = {
    "name": "Double points on weekends",
    "kind": "rate",
    "rate_basis_points": 100,
    "weekdays": ["saturday", "sunday"],
    "budget": 100_000,
}


@pytest.fixture(autouse=True)
def from_noon_on(monkeypatch):
    """A clock that ticks once each time it is read, so that what comes later has a later id."""
    ticks = count()
    monkeypatch.setattr("common.clock.now", lambda: NOON + timedelta(milliseconds=next(ticks)))


def written(shop, **changes):
    answer = shop.post("/v1/points/campaigns", WEEKENDS | changes)
    assert answer.status == 201, answer.body
    return answer.body


class TestWriting:
    def test_answers_a_draft_with_everything_that_was_left_out(self, shop):
        campaign = written(shop)
        assert (campaign["status"], campaign["version"], campaign["budget_left"]) == ("draft", 1, 100_000)
        assert (campaign["minimum_spend"], campaign["combining"], campaign["starts_on"]) == (0, "adds_up", None)
        assert shop.get(f"/v1/points/campaigns/{campaign['id']}").body == campaign

    def test_happens_once_for_one_key(self, shop):
        first, again = (shop.post("/v1/points/campaigns", WEEKENDS, idempotency="autumn") for _ in range(2))
        assert first.body == again.body
        assert again.headers["Idempotency-Replayed"] == "true"
        assert len(shop.get("/v1/points/campaigns").body["data"]) == 1

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"kind": "fixed"}, 422, "campaign_kind_not_possible"),
            ({"kind": "fixed", "rate_basis_points": None, "points": 100}, 422, "fixed_points_too_many"),
            ({"starts_on": "2026-12-02", "ends_before": "2026-12-02"}, 422, "campaign_days_not_possible"),
            ({"skus": ["a"], "categories": ["b"]}, 422, "campaign_names_both"),
            ({"rate_basis_points": 2_001}, 400, "invalid_request"),
            ({"weekdays": ["someday"]}, 400, "invalid_request"),
            ({"budget": 0}, 400, "invalid_request"),
            ({"budget": None}, 400, "invalid_request"),
            ({"cost": 1}, 400, "invalid_request"),
            ({"name": "a\u202eb"}, 400, "invalid_request"),
        ],
    )
    def test_refuses_what_does_not_fit(self, shop, change, status, code):
        answer = shop.post("/v1/points/campaigns", WEEKENDS | change)
        assert (answer.status, answer.body["code"]) == (status, code)


class TestItsLife:
    def test_from_the_start_to_the_end(self, shop):
        path = f"/v1/points/campaigns/{written(shop)['id']}"
        started = shop.post(f"{path}/start").body
        assert (started["status"], started["version"]) == ("running", 2)
        changed = shop.patch(path, {"budget": 50_000, "most_points_per_customer": 500}).body
        assert (changed["budget"], changed["most_points_per_customer"], changed["version"]) == (50_000, 500, 3)
        assert shop.patch(path, {"most_points_per_customer": None}).body["most_points_per_customer"] is None
        assert shop.post(f"{path}/pause").body["status"] == "paused"
        assert shop.post(f"{path}/start").body["status"] == "running"
        assert shop.post(f"{path}/end").body["ended_at"]
        assert shop.post(f"{path}/end").status == 200
        no = shop.post(f"{path}/start")
        assert (no.status, no.body["code"]) == (409, "wrong_state")
        told = [event["type"] for event in shop.get("/v1/events").body["data"]]
        assert told[::-1] == [
            "campaign.started",
            "campaign.changed",
            "campaign.changed",
            "campaign.paused",
            "campaign.started",
            "campaign.ended",
        ]

    def test_a_change_writes_over_nobody_elses_that_was_not_seen(self, shop):
        seen = written(shop)
        path = f"/v1/points/campaigns/{seen['id']}"
        first = shop.patch(path, {"budget": 50_000, "version": seen["version"]})
        assert (first.status, first.body["version"]) == (200, 2)
        no = shop.patch(path, {"budget": 70_000, "version": seen["version"]})
        assert (no.status, no.body["code"], no.body["errors"][0]["field"]) == (
            409,
            "campaign_changed_meanwhile",
            "version",
        )
        assert "it is version 2 now" in no.body["detail"]
        again = shop.patch(path, {"budget": 50_000, "version": seen["version"]})
        assert (again.status, again.body) == (200, first.body)
        assert shop.patch(path, {"budget": 70_000}).body["version"] == 3

    def test_waits_for_its_first_day(self, shop):
        campaign = written(shop, starts_on="2026-12-01", ends_before="2027-01-01")
        assert shop.post(f"/v1/points/campaigns/{campaign['id']}/start").body["status"] == "scheduled"

    def test_is_listed_newest_first_and_by_status(self, shop):
        first, second = written(shop), written(shop)
        shop.post(f"/v1/points/campaigns/{first['id']}/start")
        page = shop.get("/v1/points/campaigns?limit=1").body
        assert ([one["id"] for one in page["data"]], page["has_more"]) == ([second["id"]], True)
        assert [one["id"] for one in shop.get(page["next"]).body["data"]] == [first["id"]]
        running = shop.get("/v1/points/campaigns?status=running").body
        assert [one["id"] for one in running["data"]] == [first["id"]]


class TestWhoMay:
    def test_another_shop_finds_none(self, shop, other_shop):
        path = f"/v1/points/campaigns/{written(shop)['id']}"
        answers = [
            other_shop.get(path),
            other_shop.patch(path, {"budget": 1}),
            *(other_shop.post(f"{path}/{verb}") for verb in ("start", "pause", "end")),
        ]
        assert {(answer.status, answer.body["code"]) for answer in answers} == {(404, "campaign_not_found")}
        assert other_shop.get("/v1/points/campaigns").body["data"] == []
        assert not Event.objects.filter(type__startswith="campaign.").exists()

    def test_a_key_needs_the_scope_for_it(self, shop, komorebi):
        path = f"/v1/points/campaigns/{written(shop)['id']}"
        key, text = merchants.issue_api_key(
            merchant_id=komorebi.id, label="Reader", scopes=["points:read"], by=komorebi.actor, now=NOON
        )
        reader = ShopServer(text)
        assert reader.get(path).status == 200
        assert reader.post(f"{path}/start").body["code"] == "scope_missing"
        assert key.scopes == ["points:read"]


class TestPreviewing:
    @pytest.fixture
    def sold(self, alice, bob, komorebi):
        for days, who in ((1, alice), (2, bob), (40, alice)):
            points.earn_points(
                capture_id=new_id("cap"),
                payment_id=new_id("pay"),
                wallet_id=who.wallet.id,
                merchant_id=komorebi.id,
                base=yen(10_000),
                captured_at=NOON - timedelta(days=days),
                now=NOON,
            )

    def test_says_what_it_would_have_cost_as_it_stands(self, shop, sold):
        campaign = written(shop, weekdays=[])
        preview = shop.get(f"/v1/points/campaigns/{campaign['id']}/preview").body
        assert (preview["purchases"], preview["customers"], preview["points"], preview["cost"]) == (3, 2, 300, 300)
        assert (preview["campaign"], preview["budget_ended_at"], len(preview["weeks"])) == (campaign["id"], None, 13)

    def test_and_with_other_terms_and_of_another_time(self, shop, sold):
        path = f"/v1/points/campaigns/{written(shop, weekdays=[])['id']}"
        changes = {"rate_basis_points": 500, "budget": 700, "since": "2026-11-16T00:00:00+09:00"}
        preview = shop.post(f"{path}/preview", changes).body
        assert (preview["purchases"], preview["points"]) == (2, 700)
        assert preview["budget_ended_at"] == "2026-11-21T03:00:00.000Z"
        assert shop.get(path).body["budget"] == 100_000, "nothing was written"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"until": "2027-01-01T00:00:00Z"}, "preview_time_not_possible"),
            ({"since": "2020-01-01T00:00:00Z"}, "preview_time_not_possible"),
            ({"kind": "fixed"}, "campaign_kind_not_possible"),
        ],
    )
    def test_refuses_what_cannot_be_tried(self, shop, change, code):
        answer = shop.post(f"/v1/points/campaigns/{written(shop)['id']}/preview", change)
        assert (answer.status, answer.body["code"]) == (422, code)

    def test_another_shop_sees_none(self, shop, other_shop):
        path = f"/v1/points/campaigns/{written(shop)['id']}/preview"
        assert {other_shop.get(path).status, other_shop.post(path).status} == {404}


class TestFromThePaymentToThePoints:
    def test_the_items_of_a_payment_earn_what_the_campaign_promises(self, shop, till, alice):
        card = till.card(alice)
        campaign = written(shop, rate_basis_points=1_000, weekdays=[], skus=["mill-1"])
        shop.post(f"/v1/points/campaigns/{campaign['id']}/start")
        items = [
            {"name": "Beans", "quantity": 2, "unit_amount": 1_500, "sku": "beans-1"},
            {"name": "Mill", "quantity": 1, "unit_amount": 2_000, "sku": "mill-1", "category": "tools"},
        ]
        payment = shop.post("/v1/payments", shop.wish(amount=5_000, items=items)).body
        asked = {"customer": alice.customer.id, "card": card.id}
        answer = shop.post(f"/v1/test_helpers/payments/{payment['id']}/approve", asked)
        assert answer.body["status"] == "captured"
        till.relay()
        lots = points_earned_by(payment["id"])
        assert {(lot.source, lot.earned_minor) for lot in lots} == {("purchase", 50), ("campaign", 200)}
        refund = shop.post("/v1/refunds", {"payment": payment["id"], "amount": 2_500})
        assert refund.status == 201
        till.relay()
        seen = shop.get(f"/v1/points/campaigns/{campaign['id']}").body
        assert (seen["budget_used"], seen["purchases"]) == (100, 1)
