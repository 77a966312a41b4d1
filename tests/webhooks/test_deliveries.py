"""Telling a merchant's server: what arrives, what is tried again, and what never happens twice."""

import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from common.actors import SYSTEM
from common.db import transaction
from common.http import Answered, NoAnswer
from common.ids import new_id
from events import services as events
from events.errors import EventNotFound
from events.models import OutgoingMail
from tests.cast import NOON
from tests.conftest import together
from webhooks import services as webhooks
from webhooks.errors import (
    EndpointDisabled,
    EndpointNotFound,
    NoSuchSpan,
    NothingListens,
    ReplayRunning,
    TooManyEndpoints,
)
from webhooks.models import Delivery, WebhookEndpoint, WebhookTelling
from webhooks.queries import endpoint_of_merchant, tellings_of_event
from webhooks.states import DELAYS, DisabledWhy, TellingStatus


class Listening:
    """A merchant's server, played: it remembers what arrived and answers as it was told to."""

    def __init__(self):
        self.heard = []
        self.answers = []

    def call(self, url, *, body, headers, **_):
        self.heard.append((url, body, headers))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, BaseException):
            raise answer
        status, extra = answer if isinstance(answer, tuple) else (answer, {})
        return Answered(status=status, headers=extra, body=b"thanks")


@pytest.fixture(autouse=True)
def every_event_is_as_described() -> None:
    """Here it matters whether and how something is told, not what: the events are made up, and fit no schema."""


@pytest.fixture
def server(monkeypatch):
    import sys

    listening = Listening()
    monkeypatch.setattr(sys.modules["webhooks.services.deliver_due"].Caller, "post", listening.call)
    return listening


def registered(business, url="https://komorebi.example/webhooks", **options):
    return webhooks.register_endpoint(merchant_id=business.id, url=url, by=business.actor, now=NOON, **options)


def happens(business, what="payment.authorized", at=NOON):
    record = transaction(events.record_event)
    data = {"id": "pay_1", "amount": 12_800, "version": 3}
    event = record(what, subject=new_id("pay"), owner_ref=business.id, by=SYSTEM, at=at, data=data)
    while events.tell_events(now=at):
        pass
    return event


def deliver(now=NOON):
    return webhooks.deliver_due(now=now)


def status_of(event):
    return WebhookTelling.objects.get(event_id=event.id).status


@pytest.mark.django_db
class TestDelivering:
    def test_tells_what_happened_with_a_signature_that_verifies(self, komorebi, server):
        _endpoint, secrets = registered(komorebi)
        event = happens(komorebi)
        assert deliver() == 1
        [(url, body, headers)] = server.heard
        told = Webhook(secrets.secret).verify(body, headers)
        assert url == "https://komorebi.example/webhooks"
        assert told == {"type": "payment.authorized", "timestamp": "2026-11-22T03:00:00.000Z", "data": event.data}
        assert headers["webhook-id"] == event.id
        assert status_of(event) == TellingStatus.DELIVERED

    def test_tells_it_once_however_often_the_event_is_heard(self, komorebi, server):
        registered(komorebi)
        event = happens(komorebi)
        transaction(webhooks.queue_event)(event.as_heard(), now=NOON)
        deliver()
        assert deliver() == 0
        assert len(server.heard) == 1

    def test_keeps_to_the_types_that_were_asked_for(self, komorebi, server):
        registered(komorebi, event_types=["refund.succeeded"])
        happens(komorebi, "payment.authorized")
        happens(komorebi, "refund.succeeded")
        happens(komorebi, "payment.needs_person")
        assert deliver() == 1
        assert json.loads(server.heard[0][1])["type"] == "refund.succeeded"

    def test_tells_nobody_what_happened_to_another_merchant(self, komorebi, fly_by_night, server):
        registered(fly_by_night, "https://fly.example/webhooks")
        happens(komorebi)
        assert deliver() == 0

    def test_tries_again_on_schedule_with_the_same_bytes_and_then_gives_up(self, komorebi, server):
        registered(komorebi)
        event, now = happens(komorebi), NOON
        server.answers = [500, NoAnswer("timeout"), 302, *[503] * 7]
        assert deliver(now) == 1
        for delay in DELAYS:
            assert deliver(now + delay - timedelta(seconds=1)) == 0
            now += delay * 1.11
            assert deliver(now) == 1
        assert deliver(now + timedelta(days=30)) == 0
        assert status_of(event) == TellingStatus.GIVEN_UP
        assert len({(body, headers["webhook-id"]) for _url, body, headers in server.heard}) == 1
        [telling] = tellings_of_event(komorebi.id, event.id)
        assert [attempt.status_code for attempt in telling.deliveries.order_by("pk")] == [500, None, 302, *[503] * 7]

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_waits_as_long_as_the_endpoint_asks(self, komorebi, server, status):
        registered(komorebi)
        happens(komorebi)
        server.answers = [(status, {"Retry-After": "600"})]
        deliver()
        assert deliver(NOON + timedelta(seconds=599)) == 0
        assert deliver(NOON + timedelta(seconds=600)) == 1

    def test_ends_at_once_when_the_endpoint_says_gone(self, komorebi, server):
        endpoint, _ = registered(komorebi)
        event, other = happens(komorebi), happens(komorebi)
        server.answers = [410]
        webhooks.deliver_due(now=NOON, limit=1)
        assert WebhookEndpoint.objects.get(pk=endpoint.id).status == "disabled"
        assert {status_of(event), status_of(other)} == {TellingStatus.GIVEN_UP}
        assert deliver(NOON + timedelta(days=1)) == 0

    def test_after_a_relay_died_in_the_middle_the_same_bytes_go_out_again(self, komorebi, server, monkeypatch):
        registered(komorebi)
        happens(komorebi)
        server.answers = [KeyboardInterrupt()]
        with pytest.raises(KeyboardInterrupt):
            deliver()
        assert deliver() == 0  # leased to the dead one
        assert deliver(NOON + timedelta(minutes=1)) == 1
        assert server.heard[0][1] == server.heard[1][1]

    def test_of_one_that_breaks_something_of_ours_holds_up_nobody_else(self, komorebi, fly_by_night, server):
        registered(fly_by_night, "https://fly.example/webhooks")
        registered(komorebi)
        broken, whole = happens(fly_by_night), happens(komorebi)
        WebhookEndpoint.objects.filter(merchant_id=fly_by_night.id).update(sealed_secret="not what we sealed")
        assert deliver() == 2
        assert (status_of(broken), status_of(whole)) == (TellingStatus.DUE, TellingStatus.DELIVERED)
        assert Delivery.objects.get(telling__event_id=broken.id).problem == "fault of ours"

    def test_never_happens_to_an_endpoint_that_was_removed_while_its_event_was_being_queued(self, komorebi, server):
        endpoint, _ = registered(komorebi)
        event = happens(komorebi)
        webhooks.delete_endpoint(endpoint_id=endpoint.id, by=komorebi.actor, now=NOON)
        WebhookTelling.objects.filter(event_id=event.id).update(status=TellingStatus.DUE)  # it came a moment too late
        assert deliver() == 0
        assert not server.heard

    def test_keeps_no_secret_in_the_clear(self, komorebi):
        endpoint, secrets = registered(komorebi)
        row = WebhookEndpoint.objects.values().get(pk=endpoint.id)
        assert secrets.secret.removeprefix("whsec_") not in str(row)
        assert secrets.secret not in repr(secrets)

    def test_attempts_are_only_added(self, komorebi, server):
        registered(komorebi)
        happens(komorebi)
        deliver()
        with pytest.raises(Exception, match="only added to"):
            Delivery.objects.update(status_code=200)


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_tell_each_event_once(komorebi, server):
    registered(komorebi)
    for _ in range(12):
        happens(komorebi)
    done = together(*[lambda: webhooks.deliver_due(now=NOON, limit=3) for _ in range(4)])
    assert sum(done) == len(server.heard) == len({headers["webhook-id"] for _, _, headers in server.heard}) == 12


@pytest.mark.django_db
class TestAnEndpointThatFails:
    def test_has_one_turn_in_each_batch_so_that_others_are_not_held_up(self, komorebi, fly_by_night, server):
        registered(fly_by_night, "https://fly.example/webhooks")
        registered(komorebi)
        server.answers = [500]
        happens(fly_by_night)
        deliver()
        for _ in range(9):
            happens(fly_by_night)
        happens(komorebi)
        server.heard.clear()
        later = NOON + timedelta(hours=1)
        assert webhooks.deliver_due(now=later, limit=32) == 2
        assert {url for url, _, _ in server.heard} == {
            "https://fly.example/webhooks",
            "https://komorebi.example/webhooks",
        }
        assert webhooks.deliver_due(now=later, limit=32) == 9, "it took one: it is well again"

    def test_shares_the_hands_round_by_round(self, komorebi, fly_by_night, server):
        registered(fly_by_night, "https://fly.example/webhooks")
        registered(komorebi)
        for _ in range(20):
            happens(fly_by_night)
        happens(komorebi)
        assert webhooks.deliver_due(now=NOON, limit=4) == 4
        assert "https://komorebi.example/webhooks" in {url for url, _, _ in server.heard}

    def fails_for_three_days(self, business, server):
        endpoint, _ = registered(business)
        event, now = happens(business), NOON
        server.answers = [500] * 20
        deliver(now)
        for delay in DELAYS:
            now += delay * 1.11
            deliver(now)
        endpoint.refresh_from_db()
        return endpoint, event, now

    def test_is_switched_off_after_three_days_and_its_team_is_told(self, komorebi, server):
        endpoint, event, _ = self.fails_for_three_days(komorebi, server)
        assert (endpoint.status, endpoint.disabled_why) == ("disabled", DisabledWhy.FAILING)
        assert status_of(event) == TellingStatus.GIVEN_UP
        [mail] = OutgoingMail.objects.filter(template="webhook_disabled")
        assert mail.to == [komorebi.owner.email]
        assert f"/developers/webhooks/{endpoint.id}" in mail.text

    def test_stays_on_as_long_as_it_takes_something(self, komorebi, server):
        endpoint, _ = registered(komorebi)
        now = NOON
        for _ in range(5):
            happens(komorebi, at=now)
            server.answers = [500]
            deliver(now)
            now += timedelta(days=1)
            server.answers = [200]
            deliver(now)
            now += timedelta(hours=23)
        endpoint.refresh_from_db()
        assert (endpoint.status, endpoint.failing_since) == ("enabled", None)

    def test_is_told_what_it_missed_when_it_is_resumed(self, komorebi, server):
        endpoint, event, now = self.fails_for_three_days(komorebi, server)
        meanwhile = happens(komorebi, at=now + timedelta(hours=1))
        later = now + timedelta(hours=2)
        webhooks.resume_endpoint(endpoint_id=endpoint.id, by=komorebi.actor, now=later)
        server.answers, server.heard = [], []
        assert webhooks.queue_replays(now=later) == 2
        assert deliver(later) == 2
        assert {headers["webhook-id"] for _, _, headers in server.heard} == {event.id, meanwhile.id}
        assert webhooks.queue_replays(now=later) == 0
        webhooks.resume_endpoint(endpoint_id=endpoint.id, by=komorebi.actor, now=later)
        assert webhooks.queue_replays(now=later) == 0, "it is on already"

    def test_that_its_merchant_switched_off_sends_no_mail(self, komorebi):
        endpoint, _ = registered(komorebi)
        webhooks.update_endpoint(endpoint_id=endpoint.id, status="disabled", by=komorebi.actor, now=NOON)
        endpoint.refresh_from_db()
        assert endpoint.disabled_why == DisabledWhy.MERCHANT
        assert not OutgoingMail.objects.filter(template="webhook_disabled").exists()


@pytest.mark.django_db
class TestARangeOfTime:
    def told(self, business, server, days=3):
        endpoint, _ = registered(business)
        events = [happens(business, at=NOON + timedelta(days=day)) for day in range(days)]
        deliver(NOON + timedelta(days=days))
        server.heard.clear()
        return endpoint, events, NOON + timedelta(days=days)

    def again(self, endpoint, business, *, now, since=NOON, until=None, only_missed=False):
        webhooks.redeliver_range(
            endpoint_id=endpoint.id,
            since=since,
            until=until or now,
            only_missed=only_missed,
            by=business.actor,
            now=now,
        )
        while webhooks.queue_replays(now=now):
            pass
        return deliver(now)

    def test_is_told_again_with_the_same_bytes_and_ends_half_open(self, komorebi, server):
        endpoint, events, now = self.told(komorebi, server)
        assert self.again(endpoint, komorebi, now=now, until=NOON + timedelta(days=2)) == 2
        assert {headers["webhook-id"] for _, _, headers in server.heard} == {event.id for event in events[:2]}

    def test_only_what_did_not_arrive_if_so_wished(self, komorebi, server):
        endpoint, events, now = self.told(komorebi, server)
        WebhookTelling.objects.filter(event_id=events[1].id).update(status=TellingStatus.GIVEN_UP)
        assert self.again(endpoint, komorebi, now=now, only_missed=True) == 1
        assert server.heard[0][2]["webhook-id"] == events[1].id

    def test_is_walked_page_by_page(self, komorebi, server, monkeypatch):
        import sys

        monkeypatch.setattr(sys.modules["webhooks.services.queue_replays"], "PAGE", 2)
        endpoint, _, now = self.told(komorebi, server, days=5)
        assert self.again(endpoint, komorebi, now=now) == 5

    def test_keeps_to_the_types_that_the_endpoint_hears(self, komorebi, server):
        happens(komorebi, "payment.created")
        happens(komorebi, "refund.succeeded")
        endpoint, _ = registered(komorebi, event_types=["refund.succeeded"])
        assert self.again(endpoint, komorebi, now=NOON + timedelta(hours=1)) == 1

    @pytest.mark.parametrize(
        ("since", "until"),
        [
            (NOON, NOON),
            (NOON + timedelta(days=2), NOON + timedelta(days=3)),
            (NOON - timedelta(days=32), NOON),
        ],
        ids=["empty", "the future", "too long"],
    )
    def test_that_makes_no_sense_is_refused(self, komorebi, since, until):
        endpoint, _ = registered(komorebi)
        with pytest.raises(NoSuchSpan):
            self.again(endpoint, komorebi, now=NOON, since=since, until=until)

    def test_waits_for_an_earlier_one_and_for_an_endpoint_that_is_on(self, komorebi):
        endpoint, _ = registered(komorebi)
        wish = {
            "endpoint_id": endpoint.id, "since": NOON, "until": NOON + timedelta(hours=1),
            "only_missed": False, "by": komorebi.actor, "now": NOON + timedelta(hours=1),
        }  # fmt: skip
        webhooks.redeliver_range(**wish)
        with pytest.raises(ReplayRunning):
            webhooks.redeliver_range(**wish)
        webhooks.update_endpoint(endpoint_id=endpoint.id, status="disabled", by=komorebi.actor, now=NOON)
        with pytest.raises(EndpointDisabled):
            webhooks.redeliver_range(**wish)


@pytest.mark.django_db(transaction=True)
def test_a_range_that_two_relays_walk_is_queued_once(komorebi, server):
    for _ in range(6):
        happens(komorebi)
    endpoint, _ = registered(komorebi)
    hour = NOON + timedelta(hours=1)
    webhooks.redeliver_range(
        endpoint_id=endpoint.id, since=NOON, until=hour, only_missed=False, by=komorebi.actor, now=hour
    )
    assert sum(together(*[lambda: webhooks.queue_replays(now=hour) for _ in range(3)])) == 6
    assert WebhookTelling.objects.filter(endpoint=endpoint).count() == 6


@pytest.mark.django_db
class TestRedelivering:
    def test_tells_again_with_the_same_bytes(self, komorebi, server):
        registered(komorebi)
        event = happens(komorebi)
        deliver()
        later = NOON + timedelta(days=3)
        webhooks.redeliver_event(merchant_id=komorebi.id, event_id=event.id, by=komorebi.actor, now=later)
        assert deliver(later) == 1
        assert server.heard[0][1] == server.heard[1][1]

    def test_tells_an_endpoint_that_was_not_there_yet(self, komorebi, server):
        event = happens(komorebi)
        registered(komorebi)
        webhooks.redeliver_event(merchant_id=komorebi.id, event_id=event.id, by=komorebi.actor, now=NOON)
        assert deliver() == 1

    def test_is_refused_when_nobody_listens_and_for_anothers_event(self, komorebi, fly_by_night):
        event = happens(komorebi)
        with pytest.raises(NothingListens):
            webhooks.redeliver_event(merchant_id=komorebi.id, event_id=event.id, by=komorebi.actor, now=NOON)
        with pytest.raises(EventNotFound):
            webhooks.redeliver_event(merchant_id=fly_by_night.id, event_id=event.id, by=komorebi.actor, now=NOON)


@pytest.mark.django_db
class TestAnEndpoint:
    def test_signs_with_both_secrets_for_72_hours_after_a_roll(self, komorebi, server):
        endpoint, first = registered(komorebi)
        second = webhooks.roll_secret(endpoint_id=endpoint.id, by=komorebi.actor, now=NOON)
        happens(komorebi)
        deliver()
        _url, body, headers = server.heard[0]
        Webhook(first.secret).verify(body, headers)
        Webhook(second.secret).verify(body, headers)
        after = NOON + timedelta(hours=72)
        happens(komorebi, at=after)
        deliver(after)
        with pytest.raises(Exception, match="No matching signature"):
            Webhook(first.secret).verify(server.heard[1][1], server.heard[1][2])

    def test_hears_nothing_while_disabled(self, komorebi, server):
        endpoint, _ = registered(komorebi)
        happens(komorebi)
        change = {"endpoint_id": endpoint.id, "by": komorebi.actor, "now": NOON}
        webhooks.update_endpoint(status="disabled", **change)
        happens(komorebi)
        assert deliver() == 0
        webhooks.update_endpoint(status="enabled", **change)
        happens(komorebi)
        assert deliver() == 1

    def test_that_was_deleted_is_gone_and_forgets_its_secrets(self, komorebi):
        endpoint, _ = registered(komorebi)
        webhooks.delete_endpoint(endpoint_id=endpoint.id, by=komorebi.actor, now=NOON)
        with pytest.raises(EndpointNotFound):
            endpoint_of_merchant(komorebi.id, endpoint.id)
        assert WebhookEndpoint.objects.get(pk=endpoint.id).sealed_secret == ""

    def test_of_another_merchant_is_as_unknown_as_none(self, komorebi, fly_by_night):
        endpoint, _ = registered(komorebi)
        with pytest.raises(EndpointNotFound):
            endpoint_of_merchant(fly_by_night.id, endpoint.id)

    def test_there_are_at_most_16(self, komorebi):
        for number in range(16):
            registered(komorebi, f"https://komorebi.example/{number}")
        with pytest.raises(TooManyEndpoints):
            registered(komorebi)
