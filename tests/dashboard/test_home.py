"""The first page says how today goes, what needs somebody, and what is owed."""

from datetime import timedelta

import pytest

from payments.queries import sales_by_day, waiting_for_capture
from tests.cast import NOON
from tests.dashboard.conftest import text
from webhooks import services as webhooks
from webhooks.models import WebhookTelling
from webhooks.states import TellingStatus

pytestmark = pytest.mark.django_db
TODAY = (NOON + timedelta(hours=9)).date()


class TestHome:
    def test_shows_what_was_captured_today_and_is_owed(self, till, owner, at, alice, komorebi):
        till.buys(alice, komorebi, 10_000)
        page = text(owner.get(at()))
        assert 'value="10000"' in page
        assert 'value="9675"' in page  # less the fee of 3.25 %
        assert "3.25 %" in page

    def test_names_what_waits_for_capture_and_until_when(self, till, owner, at, bob, komorebi):
        payment = till.buys(bob, komorebi, capture_method="manual")
        page = text(owner.get(at()))
        assert f"{payment.merchant_reference}: the issuer’s promise ends 29 Nov 2026, 12:00" in page

    def test_names_a_refund_that_failed_until_another_one_went_through(self, till, owner, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.relay()
        till.network.declines("05")
        till.refunds(payment)
        assert "A refund failed" in text(owner.get(at()))
        till.network.approves()
        till.refunds(payment)
        assert "A refund failed" not in text(owner.get(at()))

    def test_names_an_endpoint_that_does_not_answer(self, till, owner, support, at, alice, komorebi):
        webhooks.register_endpoint(
            merchant_id=komorebi.id, url="https://komorebi.example/hooks", by=komorebi.actor, now=NOON
        )
        till.buys(alice, komorebi)
        till.relay()
        assert "does not answer" not in text(owner.get(at()))
        WebhookTelling.objects.update(status=TellingStatus.GIVEN_UP, attempts=10)
        assert "4 events not delivered" in text(owner.get(at()))
        assert "does not answer" not in text(support.get(at()))

    def test_is_friendly_while_nothing_was_sold(self, owner, at):
        assert "Nothing sold in the last two weeks" in text(owner.get(at()))


class TestSalesByDay:
    def test_counts_each_day_of_tokyo_by_itself(self, till, alice, komorebi):
        till.now = NOON - timedelta(days=2)
        till.buys(alice, komorebi, 1_000)
        till.buys(alice, komorebi, 2_000)
        till.now = NOON - timedelta(hours=12, minutes=1)  # yesterday, a minute before midnight in Tokyo
        till.buys(alice, komorebi, 4_000)
        till.now = NOON
        till.relay()
        till.refunds(till.buys(alice, komorebi, 8_000))
        days = sales_by_day(komorebi.id, first=TODAY - timedelta(days=3), last=TODAY)
        assert [(day.captured.minor, day.captures) for day in days] == [(0, 0), (3_000, 2), (4_000, 1), (8_000, 1)]
        assert [day.refunded.minor for day in days] == [0, 0, 0, 8_000]

    def test_leaves_out_what_others_sold_and_what_the_network_refused(self, till, alice, komorebi, fly_by_night):
        till.buys(alice, fly_by_night, 5_000)
        payment = till.buys(alice, komorebi, 6_000)
        payment.captures.update(status="refused")
        (today,) = sales_by_day(komorebi.id, first=TODAY, last=TODAY)
        assert (today.captured.minor, today.captures) == (0, 0)


def test_the_promise_that_ends_first_waits_at_the_top(till, alice, bob, komorebi):
    first = till.buys(alice, komorebi, capture_method="manual")
    second = till.later(hours=1).buys(bob, komorebi, capture_method="manual")
    till.buys(bob, komorebi)
    assert [payment.id for payment in waiting_for_capture(komorebi.id)] == [first.id, second.id]
