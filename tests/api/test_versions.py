"""An earlier version goes on being spoken: to a key of that day, to a request that says so, and by webhook."""

import json

import pytest

from merchants.models import ApiKey
from merchants.states import API_VERSION
from merchants.versions import VERSIONS, Version, known_versions
from tests.cast import NOON
from webhooks.models import WebhookTelling

pytestmark = pytest.mark.django_db

OLD = "2025-01-06"


def with_old_amount(payment):
    payment["price"] = payment.pop("amount")
    return payment


def with_new_amount(body):
    body["amount"] = body.pop("price", None)
    return body


@pytest.fixture(autouse=True)
def an_earlier_version(monkeypatch):
    """As if, until today, an amount had been called a price."""
    change = Version(
        API_VERSION,
        told="A price is an amount.",
        bodies={"PaymentInput": with_new_amount},
        objects={"payment": with_old_amount},
    )
    monkeypatch.setattr("merchants.versions.VERSIONS", [Version(OLD, told="The first one."), change])


@pytest.fixture
def old_shop(shop, komorebi, monkeypatch):
    """A shop whose key was made in the days of the earlier version. The description is of the newest one only."""
    ApiKey.objects.filter(pk=komorebi.key_id).update(api_version=OLD)
    monkeypatch.setattr("tests.api.conftest.what_is_wrong", lambda *_args, **_facts: [])
    return shop


def old_wish(shop):
    wish = shop.wish()
    return {**{name: value for name, value in wish.items() if name != "amount"}, "price": wish["amount"]}


def test_the_last_version_of_the_list_is_the_newest_and_is_what_new_keys_get():
    assert VERSIONS[-1].date == API_VERSION == max(version.date for version in VERSIONS)
    assert ApiKey().api_version == API_VERSION


class TestAKeyOfAnEarlierDay:
    def test_is_understood_and_answered_in_its_own_words(self, old_shop):
        answer = old_shop.post("/v1/payments", old_wish(old_shop))
        assert (answer.status, answer.body["price"], answer.headers["VaultPay-Version"]) == (201, 12_800, OLD)
        assert "amount" not in answer.body
        assert old_shop.get("/v1/payments").body["data"] == [answer.body]
        event = old_shop.get("/v1/events").body["data"][0]
        assert event["data"]["price"] == 12_800

    def test_does_not_know_the_words_of_today(self, old_shop):
        answer = old_shop.post("/v1/payments", old_shop.wish() | {"price": 1, "colour": "green"})
        assert (answer.status, answer.headers["VaultPay-Version"]) == (400, OLD)

    def test_may_speak_the_newest_for_one_request(self, old_shop):
        answer = old_shop.post("/v1/payments", old_shop.wish(), **{"VaultPay-Version": API_VERSION})
        assert (answer.body["amount"], answer.headers["VaultPay-Version"]) == (12_800, API_VERSION)

    def test_gets_a_replay_in_the_same_words_and_bytes(self, old_shop):
        wish = old_wish(old_shop)
        first = old_shop.post("/v1/payments", wish, idempotency="a")
        again = old_shop.post("/v1/payments", wish, idempotency="a")
        assert again.headers["Idempotency-Replayed"] == "true"
        assert json.dumps(again.body) == json.dumps(first.body)

    def test_is_answered_so_for_a_charge_under_a_grant_too(self, old_shop, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        wish = {"price": 1_200, "currency": "JPY", "merchant_reference": "tea", "grant": grant.id, "confirm": True}
        first = old_shop.post("/v1/payments", wish, idempotency="a")
        assert (first.status, first.body["status"], first.body["price"]) == (201, "captured", 1_200)
        assert "amount" not in first.body
        again = old_shop.post("/v1/payments", wish, idempotency="a")
        assert json.dumps(again.body) == json.dumps(first.body)

    def test_keeps_its_version_when_it_is_rolled(self, old_shop, komorebi):
        from merchants import services as merchants

        new, _text = merchants.roll_api_key(
            merchant_id=komorebi.id, key_id=komorebi.key_id, by=komorebi.actor, now=NOON
        )
        assert new.api_version == OLD


class TestARequest:
    def test_may_speak_an_earlier_version(self, shop, monkeypatch):
        monkeypatch.setattr("tests.api.conftest.what_is_wrong", lambda *_args, **_facts: [])
        answer = shop.post("/v1/payments", old_wish(shop), **{"VaultPay-Version": OLD})
        assert (answer.body["price"], answer.headers["VaultPay-Version"]) == (12_800, OLD)

    @pytest.mark.parametrize("strange", ["", "2026-11-21", "latest", "2026-11-22 "])
    def test_in_a_version_that_never_was_is_refused(self, shop, strange):
        answer = shop.get("/v1/payments", **{"VaultPay-Version": f"{strange}x"})
        assert (answer.status, answer.body["code"]) == (400, "unknown_version")
        assert answer.headers["VaultPay-Version"] in known_versions()


class TestAWebhook:
    def told(self, till, endpoint_id):
        till.relay()
        return WebhookTelling.objects.filter(endpoint_id=endpoint_id).latest("id")

    def test_is_told_in_the_version_that_registered_its_endpoint(self, old_shop, till):
        made = old_shop.post("/v1/webhook_endpoints", {"url": "https://komorebi.example/webhooks"}).body
        assert made["api_version"] == OLD
        old_shop.post("/v1/payments", old_wish(old_shop))
        telling = self.told(till, made["id"])
        assert json.loads(bytes(telling.body))["data"]["price"] == 12_800
        assert telling.api_version == OLD

    def test_is_told_in_another_version_once_its_endpoint_was_moved(self, old_shop, till):
        made = old_shop.post("/v1/webhook_endpoints", {"url": "https://komorebi.example/webhooks"}).body
        old_shop.post("/v1/payments", old_wish(old_shop))
        before = self.told(till, made["id"])
        assert old_shop.patch(f"/v1/webhook_endpoints/{made['id']}", {"api_version": API_VERSION}).status == 200
        old_shop.post("/v1/payments", old_wish(old_shop))
        after = self.told(till, made["id"])
        assert json.loads(bytes(after.body))["data"]["amount"] == 12_800
        before.refresh_from_db()
        assert before.api_version == OLD, "what was written for it keeps its bytes, and says their version"
