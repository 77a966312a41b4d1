"""Grants as a shop's server meets them: asked for, looked at, charged within, revoked."""

from datetime import timedelta
from itertools import count

import pytest

from merchants.states import Scope
from payments import services as payments
from payments.models import Grant, Payment
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def from_noon_on(monkeypatch):
    """A clock that ticks once each time it is read, so that what comes later has a later id."""
    ticks = count()
    monkeypatch.setattr("common.clock.now", lambda: NOON + timedelta(milliseconds=next(ticks)))


def leave(**changes):
    known = {
        "kind": "recurring",
        "limit_per_payment": 5_000,
        "limit_per_period": 20_000,
        "period": "month",
        "currency": "JPY",
        "until": "2027-03-31",
        "merchant_reference": "beans-1",
        "return_url": "https://komorebi.example/thanks",
    }
    return {name: value for name, value in (known | changes).items() if value is not ...}


def asked(shop, **changes):
    answer = shop.post("/v1/grants", leave(**changes))
    assert answer.status == 201, answer.body
    return answer.body


@pytest.fixture
def given(shop, till, alice):
    """A grant that Alice approved through the test helper."""
    till.card(alice)
    grant = asked(shop)
    answer = shop.post(f"/v1/test_helpers/grants/{grant['id']}/approve", {"customer": alice.customer.id})
    assert answer.status == 200, answer.body
    return answer.body


def charge(shop, of, amount=1_000, **changes):
    shop.asked += 1
    known = {
        "grant": of["id"],
        "confirm": True,
        "amount": amount,
        "currency": "JPY",
        "merchant_reference": f"box-{shop.asked}",
    }
    return shop.post("/v1/payments", {name: value for name, value in (known | changes).items() if value is not ...})


class TestAskingForAGrant:
    def test_answers_where_to_send_the_customer(self, shop):
        grant = asked(shop, description="Beans of the month", metadata={"plan": "7"})
        assert (grant["status"], grant["usage"], grant["card"]) == ("requested", None, None)
        assert grant["checkout_url"] == f"http://localhost:8000/grants/{grant['id']}/approve"
        assert (grant["until"], grant["period"]) == ("2027-03-31", "month")

    def test_once(self, shop):
        grant = asked(shop, kind="one_time", limit_per_period=..., period=...)
        assert (grant["kind"], grant["period"], grant["limit_per_period"]) == ("one_time", None, None)

    @pytest.mark.parametrize(
        ("change", "status", "field"),
        [
            ({"until": "2027-02-30"}, 400, "until"),
            ({"until": "2027-3-1"}, 400, "until"),
            ({"until": 20270301}, 400, "until"),
            ({"kind": "forever"}, 400, "kind"),
            ({"period": "none"}, 400, "period"),
            ({"limit_per_payment": 0}, 400, "limit_per_payment"),
            ({"return_url": ...}, 400, "return_url"),
            ({"expires_in": 59}, 400, "expires_in"),
            ({"until": "2026-11-21"}, 422, "until"),
            ({"return_url": "https://elsewhere.example/"}, 422, "return_url"),
        ],
    )
    def test_says_what_does_not_fit(self, shop, change, status, field):
        answer = shop.post("/v1/grants", leave(**change))
        assert (answer.status, answer.body["errors"][0]["field"]) == (status, field)

    def test_limits_that_no_grant_can_have(self, shop):
        answer = shop.post("/v1/grants", leave(limit_per_period=...))
        assert (answer.status, answer.body["code"]) == (422, "grant_limits_not_possible")

    def test_the_same_key_is_the_same_grant(self, shop):
        first = shop.post("/v1/grants", leave(), idempotency="again")
        again = shop.post("/v1/grants", leave(), idempotency="again")
        assert (again.body["id"], again.headers["Idempotency-Replayed"]) == (first.body["id"], "true")
        taken = shop.post("/v1/grants", leave())
        assert (taken.status, taken.body["code"]) == (409, "grant_reference_used")


class TestCharging:
    def test_is_done_when_it_answers(self, shop, given):
        answer = charge(shop, given, 1_200)
        assert (answer.status, answer.body["status"]) == (201, "captured")
        assert (answer.body["grant"], answer.body["checkout_url"]) == (given["id"], None)
        usage = shop.get(f"/v1/grants/{given['id']}").body["usage"]
        assert usage == {
            "period_from": "2026-11-01",
            "period_before": "2026-12-01",
            "amount_used": 1_200,
            "amount_left": 18_800,
        }

    def test_with_manual_capture_it_is_a_promise(self, shop, given):
        assert charge(shop, given, capture_method="manual").body["status"] == "authorized"

    def test_a_decline_is_no_error(self, shop, given, till):
        till.network.declines("51")
        answer = charge(shop, given)
        assert (answer.status, answer.body["status"]) == (201, "declined")
        assert answer.body["latest_authorization"]["decline_code"] == "insufficient_funds"

    def test_nor_is_silence(self, shop, given, till):
        till.network.falls_silent()
        answer = charge(shop, given)
        assert (answer.status, answer.body["status"]) == (201, "processing")

    def test_over_a_limit_nothing_happens(self, shop, given):
        answer = charge(shop, given, 5_001)
        assert (answer.status, answer.body["code"]) == (422, "grant_limit_exceeded")
        assert "¥5,000" in answer.body["detail"]
        for _ in range(4):
            charge(shop, given, 5_000)
        assert charge(shop, given, 50).body["code"] == "grant_period_limit_exceeded"
        assert Payment.objects.count() == 4

    def test_paused_ended_and_somebody_elses(self, shop, other_shop, given, alice):
        payments.pause_grant(grant_id=given["id"], by=alice.actor, now=NOON)
        assert charge(shop, given).body["code"] == "grant_paused"
        payments.end_grant(grant_id=given["id"], by=alice.actor, now=NOON)
        assert charge(shop, given).body["code"] == "grant_ended"
        assert (charge(other_shop, given).status, charge(other_shop, given).body["code"]) == (404, "grant_not_found")

    def test_the_same_key_charges_once(self, shop, given, till):
        again = {"grant": given["id"], "confirm": True, "amount": 900, "currency": "JPY", "merchant_reference": "b"}
        first = shop.post("/v1/payments", again, idempotency="box")
        assert shop.post("/v1/payments", again, idempotency="box").body == first.body
        assert len(till.network.book) == 1
        taken = shop.post("/v1/payments", again)
        assert (taken.status, taken.body["code"]) == (409, "merchant_reference_used")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"confirm": ...}, "confirm"),
            ({"confirm": False}, "confirm"),
            ({"confirm": "true"}, "confirm"),
            ({"return_url": "https://komorebi.example/thanks"}, "return_url"),
            ({"expires_in": 60}, "expires_in"),
            ({"grant": ..., "return_url": "https://komorebi.example/thanks"}, "confirm"),
            ({"grant": ..., "confirm": ...}, "return_url"),
        ],
    )
    def test_is_a_charge_or_a_checkout_and_never_both(self, shop, given, change, field):
        answer = charge(shop, given, **change)
        assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (400, [field])


class TestLooking:
    def test_a_shop_sees_its_own(self, shop, other_shop, given):
        assert shop.get(f"/v1/grants/{given['id']}").body["status"] == "active"
        assert other_shop.get(f"/v1/grants/{given['id']}").status == 404

    def test_a_list_by_status_and_reference(self, shop, given):
        other = asked(shop, merchant_reference="beans-2")
        assert [row["id"] for row in shop.get("/v1/grants").body["data"]] == [other["id"], given["id"]]
        assert [row["id"] for row in shop.get("/v1/grants?status=active").body["data"]] == [given["id"]]
        assert [row["id"] for row in shop.get("/v1/grants?merchant_reference=beans-2").body["data"]] == [other["id"]]
        assert shop.get("/v1/grants?status=gone").status == 400


class TestRevoking:
    def test_ends_it(self, shop, given):
        answer = shop.post(f"/v1/grants/{given['id']}/revoke")
        assert (answer.status, answer.body["status"], answer.body["ended_why"]) == (200, "ended", "ended_by_merchant")
        assert charge(shop, given).body["code"] == "grant_ended"
        again = shop.post(f"/v1/grants/{given['id']}/revoke")
        assert (again.status, again.body["code"]) == (409, "wrong_state")

    def test_is_not_for_others(self, other_shop, given):
        assert other_shop.post(f"/v1/grants/{given['id']}/revoke").status == 404
        assert Grant.objects.get().status == "active"


def test_the_helper_lowers_on_the_way(shop, till, alice):
    till.card(alice)
    grant = asked(shop)
    lower = {"customer": alice.customer.id, "limit_per_payment": 2_000, "limit_per_period": 4_000}
    answer = shop.post(f"/v1/test_helpers/grants/{grant['id']}/approve", lower)
    assert (answer.body["limit_per_payment"], answer.body["limit_per_period"]) == (2_000, 4_000)


def test_scopes():
    assert {"grants:read", "grants:write"} <= {scope.value for scope in Scope}
