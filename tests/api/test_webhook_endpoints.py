"""Where a shop listens, arranged by its server; and the events it can look up."""

import pytest

from events import services as events
from events.queries import events_of
from tests.cast import NOON
from webhooks.states import EVENT_TYPES

pytestmark = pytest.mark.django_db


def registered(shop, url="https://komorebi.example/webhooks", **facts):
    answer = shop.post("/v1/webhook_endpoints", {"url": url, **facts})
    assert answer.status == 201, answer.body
    return answer.body


class TestAnEndpoint:
    def test_shows_its_secret_once(self, shop):
        made = registered(shop)
        assert made["secret"].startswith("whsec_")
        assert made["public_key"].startswith("whpk_")
        found = shop.get(f"/v1/webhook_endpoints/{made['id']}").body
        assert "secret" not in found
        assert (found["url"], found["status"], found["event_types"]) == (made["url"], "enabled", [])
        assert [row["id"] for row in shop.get("/v1/webhook_endpoints").body["data"]] == [made["id"]]

    @pytest.mark.parametrize(
        "body",
        [
            {"url": "http://komorebi.example/"},
            {"url": "https://komorebi.example:22/"},
            {"url": "https://u:p@komorebi.example/"},
            {"url": "nonsense"},
            {},
            {"url": "https://komorebi.example/", "event_types": ["payment.exploded"]},
            {"url": "https://komorebi.example/", "event_types": "payment.captured"},
        ],
    )
    def test_with_an_address_or_types_that_do_not_fit_is_refused(self, shop, body):
        assert shop.post("/v1/webhook_endpoints", body).status in {400, 422}

    def test_changes_rolls_its_secret_and_goes(self, shop):
        made = registered(shop)
        path = f"/v1/webhook_endpoints/{made['id']}"
        changed = shop.patch(path, {"status": "disabled", "event_types": ["refund.succeeded"]}).body
        assert (changed["status"], changed["event_types"]) == ("disabled", ["refund.succeeded"])
        assert shop.post(f"{path}/roll_secret").body["secret"] not in {"", made["secret"]}
        assert shop.delete(path).body == {"id": made["id"], "object": "webhook_endpoint", "deleted": True}
        assert shop.get(path).status == 404

    def test_is_told_a_span_of_time_again(self, shop):
        path = f"/v1/webhook_endpoints/{registered(shop)['id']}"
        day = {"since": "2026-11-21T00:00:00+09:00", "until": "2026-11-22T00:00:00+09:00"}
        asked = shop.post(f"{path}/redeliver", day)
        assert (asked.status, asked.body["only_missed"], asked.body["since"]) == (202, True, "2026-11-20T15:00:00.000Z")
        assert shop.post(f"{path}/redeliver", day).body["code"] == "redelivery_in_progress"
        shop.patch(path, {"status": "disabled"})
        assert shop.get(path).body["disabled_because"] == "merchant"
        assert shop.post(f"{path}/redeliver", day).body["code"] == "webhook_endpoint_disabled"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"since": "2026-11-21", "until": "2026-11-22"},
            {"since": "2026-11-22T00:00:00Z", "until": "2026-11-21T00:00:00Z"},
            {"since": "2026-11-21T00:00:00Z", "until": "2026-11-22T00:00:00Z", "only_missed": 1},
        ],
    )
    def test_a_span_that_does_not_fit_is_refused(self, shop, body):
        path = f"/v1/webhook_endpoints/{registered(shop)['id']}"
        assert shop.post(f"{path}/redeliver", body).status in {400, 422}

    def test_of_another_shop_is_not_there(self, shop, other_shop):
        path = f"/v1/webhook_endpoints/{registered(shop)['id']}"
        answers = [
            other_shop.get(path),
            other_shop.patch(path, {}),
            other_shop.delete(path),
            other_shop.post(f"{path}/roll_secret"),
            other_shop.post(f"{path}/redeliver", {"since": "2026-11-21T00:00:00Z", "until": "2026-11-22T00:00:00Z"}),
        ]
        assert {answer.status for answer in answers} == {404}


class TestEvents:
    def test_say_what_happened_newest_first(self, shop):
        payment = shop.post("/v1/payments", shop.wish()).body
        shop.post(f"/v1/payments/{payment['id']}/cancel")
        found = shop.get(f"/v1/events?subject={payment['id']}").body["data"]
        assert [event["type"] for event in found] == ["payment.canceled", "payment.created"]
        assert found[0]["data"]["status"] == "canceled"
        assert found[0]["data"]["version"] > found[1]["data"]["version"]
        assert shop.get(f"/v1/events/{found[0]['id']}").body == found[0]
        assert shop.get("/v1/events?type=payment.created&limit=1").body["data"] == [found[1]]

    def test_about_keys_and_people_are_not_for_servers(self, shop, komorebi):
        hidden = next(event for event in events_of(komorebi.id) if event.type not in EVENT_TYPES)
        answers = [shop.get(f"/v1/events/{hidden.id}"), shop.post(f"/v1/events/{hidden.id}/redeliver")]
        assert [answer.status for answer in answers] == [404, 404]
        assert shop.get("/v1/events").body["data"] == []

    def test_are_told_again_on_request(self, shop):
        shop.post("/v1/payments", shop.wish())
        event = shop.get("/v1/events").body["data"][0]
        nobody = shop.post(f"/v1/events/{event['id']}/redeliver")
        assert (nobody.status, nobody.body["code"]) == (422, "nothing_listens")
        registered(shop)
        assert shop.post(f"/v1/events/{event['id']}/redeliver").status == 202
        assert events.tell_events(now=NOON) >= 0
