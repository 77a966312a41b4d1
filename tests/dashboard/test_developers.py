"""Keys, return URLs, webhook endpoints and the event log. What is secret stands on one page, once."""

import re

import pytest

from merchants.models import ApiKey, ReturnUrl
from merchants.queries import merchant_by_api_key
from tests.cast import NOON
from tests.dashboard.conftest import text
from webhooks import services as webhooks
from webhooks.models import WebhookEndpoint, WebhookReplay, WebhookTelling

pytestmark = pytest.mark.django_db


def number_on(page) -> str:
    return re.search(r'name="number" value="([0-9a-f]{32})"', text(page))[1]


def shown(page, name: str) -> str:
    return re.search(rf'<textarea id="{name}"[^>]*>([^<]+)</textarea>', text(page))[1]


@pytest.fixture
def endpoint(komorebi):
    made, _secrets = webhooks.register_endpoint(
        merchant_id=komorebi.id, url="https://komorebi.example/hooks", by=komorebi.actor, now=NOON
    )
    return made


class TestKeys:
    def issue(self, browser, at, **changes):
        here = at("developers", "keys", "new")
        form = {"number": number_on(browser.get(here)), "label": "Till", "scopes": ["payments:read"], **changes}
        return form, browser.post(here, form)

    def test_the_text_of_a_key_is_shown_once_and_works(self, developer, at, komorebi):
        form, made = self.issue(developer, at)
        key_text = shown(made, "key-text")
        holder = merchant_by_api_key(key_text, NOON)
        assert (holder.merchant.id, holder.scopes) == (komorebi.id, {"payments:read"})
        assert made["Cache-Control"] == "no-store"
        for page in (at("developers", "keys"), at("developers", "keys", holder.key_id)):
            assert key_text not in text(developer.get(page))
        again = developer.post(at("developers", "keys", "new"), form)  # reloading the answer sends the form again
        assert again.status_code == 303
        assert ApiKey.objects.filter(merchant_id=komorebi.id, label="Till").count() == 1

    def test_a_refused_form_can_be_sent_again(self, developer, at):
        form, refused = self.issue(developer, at, label="Till\u202e")
        assert refused.status_code == 422
        made = developer.post(at("developers", "keys", "new"), form | {"label": "Till"})
        assert shown(made, "key-text")

    def test_rolling_lets_both_work_for_a_while(self, developer, at, komorebi):
        here = at("developers", "keys", komorebi.key_id, "roll")
        made = developer.post(here, {"number": number_on(developer.get(here)), "hours": "24"})
        assert merchant_by_api_key(shown(made, "key-text"), NOON)
        assert merchant_by_api_key(komorebi.key, NOON)
        assert "24 Nov" not in text(developer.get(at("developers", "keys", komorebi.key_id)))
        assert "23 Nov 2026, 12:00" in text(developer.get(at("developers", "keys", komorebi.key_id)))

    def test_a_rolled_key_is_not_rolled_again(self, developer, at, komorebi):
        here = at("developers", "keys", komorebi.key_id, "roll")
        for status in (200, 422):
            form = {"number": number_on(developer.get(here)), "hours": "1"}
            assert developer.post(here, form).status_code == status

    def test_revoking_ends_it(self, developer, at, komorebi):
        assert developer.post(at("developers", "keys", komorebi.key_id, "revoke")).status_code == 303
        assert merchant_by_api_key(komorebi.key, NOON) is None


class TestReturnUrls:
    def test_are_added_and_withdrawn(self, developer, at, komorebi):
        form = {"shop": komorebi.shop.id, "url": "https://komorebi.example/done"}
        assert developer.post(at("developers", "return-urls", "add"), form).status_code == 303
        added = ReturnUrl.objects.get(url=form["url"])
        assert form["url"] in text(developer.get(at("developers", "return-urls")))
        developer.post(at("developers", "return-urls", added.id, "withdraw"))
        assert form["url"] not in text(developer.get(at("developers", "return-urls")))

    def test_refuse_what_is_no_plain_address_beside_the_field(self, developer, at, komorebi):
        form = {"shop": komorebi.shop.id, "url": "https://komorebi.example/done?x=1"}
        refused = developer.post(at("developers", "return-urls", "add"), form)
        assert refused.status_code == 422
        assert "without a query" in text(refused)

    def test_belong_to_a_shop_of_this_merchant(self, developer, at, fly_by_night):
        form = {"shop": fly_by_night.shop.id, "url": "https://komorebi.example/done"}
        assert developer.post(at("developers", "return-urls", "add"), form).status_code == 422
        assert not ReturnUrl.objects.filter(url=form["url"]).exists()


class TestEndpoints:
    def test_the_secret_is_shown_once_and_the_public_key_stays(self, developer, at):
        here = at("developers", "webhooks", "new")
        form = {
            "number": number_on(developer.get(here)),
            "url": "https://komorebi.example/new",
            "event_types": ["payment.captured"],
        }
        made = developer.post(here, form)
        secret, public_key = shown(made, "endpoint-secret"), shown(made, "endpoint-public-key")
        assert secret.startswith("whsec_")
        endpoint = WebhookEndpoint.objects.get(url=form["url"])
        page = text(developer.get(at("developers", "webhooks", endpoint.id)))
        assert secret not in page
        assert public_key in page
        assert developer.post(here, form).status_code == 303
        assert WebhookEndpoint.objects.count() == 1

    @pytest.mark.parametrize(
        ("first", "last", "status"),
        [("2026-11-21", "2026-11-22", 303), ("0001-01-01", "9999-12-31", 422), ("9999-12-31", "9999-12-31", 422)],
    )
    def test_days_are_told_again_where_there_are_such(self, developer, at, endpoint, first, last, status):
        here = at("developers", "webhooks", endpoint.id, "redeliver")
        assert developer.post(here, {"first": first, "last": last, "only_missed": "on"}).status_code == status
        assert WebhookReplay.objects.count() == (status == 303)

    def test_an_address_inside_the_house_is_refused(self, developer, at):
        here = at("developers", "webhooks", "new")
        form = {"number": number_on(developer.get(here)), "url": "http://komorebi.example/x"}
        refused = developer.post(here, form)
        assert refused.status_code == 422
        assert "Use an https address" in text(refused)

    def test_change_disable_and_enable(self, developer, at, endpoint):
        here = at("developers", "webhooks", endpoint.id)
        form = {"url": "https://komorebi.example/other", "event_types": ["refund.failed"]}
        assert developer.post(f"{here}/change", form).status_code == 303
        developer.post(f"{here}/disable")
        endpoint.refresh_from_db()
        assert (endpoint.url, endpoint.event_types, endpoint.status) == (
            form["url"],
            ["refund.failed"],
            "disabled",
        )
        developer.post(f"{here}/enable")
        endpoint.refresh_from_db()
        assert endpoint.status == "enabled"

    def test_rolling_shows_the_new_secret_once(self, developer, at, endpoint):
        here = at("developers", "webhooks", endpoint.id, "roll")
        form = {"number": number_on(developer.get(here))}
        secret = shown(developer.post(here, form), "endpoint-secret")
        endpoint.refresh_from_db()
        assert endpoint.live_secrets(now=NOON)[0] == secret
        assert developer.post(here, form).status_code == 303
        assert "The earlier secret signs along" in text(developer.get(at("developers", "webhooks", endpoint.id)))

    def test_a_removed_one_is_gone(self, developer, at, endpoint):
        developer.post(at("developers", "webhooks", endpoint.id, "remove"))
        assert developer.get(at("developers", "webhooks", endpoint.id)).status_code == 404

    def test_shows_every_attempt_with_what_was_answered(self, till, developer, at, alice, komorebi, endpoint):
        till.buys(alice, komorebi)
        till.relay()
        telling = WebhookTelling.objects.get(event_type="payment.captured")
        telling.deliveries.create(at=NOON, milliseconds=41, status_code=500, answer="<h1>no</h1>")
        page = text(developer.get(at("developers", "webhooks", endpoint.id)))
        assert "HTTP 500" in page
        assert "&lt;h1&gt;no&lt;/h1&gt;" in page


class TestEventLog:
    def test_filters_by_kind_and_subject(self, till, developer, at, alice, komorebi, fly_by_night):
        payment = till.buys(alice, komorebi)
        till.buys(alice, fly_by_night)
        page = text(developer.get(f"{at('developers', 'events')}?type=payment.captured"))
        assert page.count(payment.id) == 1
        assert "<code>payment.created</code></a>" not in page
        assert page.count("<code>payment.captured</code></a>") == 1
        assert text(developer.get(f"{at('developers', 'events')}?subject={payment.id}")).count(payment.id) >= 4

    def test_shows_one_with_its_body_and_tells_it_again(self, till, developer, at, alice, komorebi, endpoint):
        till.buys(alice, komorebi)
        till.relay()
        telling = WebhookTelling.objects.get(event_type="payment.captured")
        WebhookTelling.objects.update(status="given_up", attempts=10)
        here = at("developers", "events", telling.event_id)
        page = text(developer.get(here))
        assert "&quot;amount_captured&quot;: 12800" in page
        assert alice.wallet.id not in page
        assert developer.post(f"{here}/redeliver").status_code == 303
        telling.refresh_from_db()
        assert (telling.status, telling.attempts) == ("due", 0)

    def test_says_when_nobody_listens(self, till, developer, at, alice, komorebi):
        till.buys(alice, komorebi)
        till.relay()
        page = text(developer.get(f"{at('developers', 'events')}?type=payment.captured"))
        event_id = re.search(r"/events/(evt_\w+)", page)[1]
        refused = developer.post(at("developers", "events", event_id, "redeliver"))
        assert refused.status_code == 422
        assert "No enabled webhook endpoint" in text(refused)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-11-20", "2026-11-01"), ("2026-11-20", "9999-12-31"), ("0001-01-01", "0001-01-01")],
)
def test_a_time_that_is_none_is_not_told_again(developer, at, endpoint, first, last):
    """Nor kept: the relay, which works for all shops, could not read the beginning of the year 1 in Tokyo."""
    days = {"first": first, "last": last}
    assert developer.post(at("developers", "webhooks", endpoint.id, "redeliver"), days).status_code == 422
    assert not endpoint.replays.exists()


def test_the_overview_has_the_shops_own_values(developer, at, komorebi):
    page = text(developer.get(at("developers")))
    assert komorebi.return_url in page
    assert "http://localhost:8000/v1/payments" in page
    assert "4242 4242 4242 4242" in page
    assert komorebi.key not in page
