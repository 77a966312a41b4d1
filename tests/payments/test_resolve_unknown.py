"""When the answer is missing: ask, and undo when nobody answers. Nobody is told "failed" meanwhile."""

from datetime import timedelta
from importlib import import_module
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import OperationalError

from common import clock
from common.states import TransitionRefused
from events.models import Event
from payments import services as payments
from payments import tasks
from payments.models import Advice, Authorization
from tests.payments.till import attempt, status
from vault.gateways.safe import NothingSent
from vault.types import Acknowledged, Authorized, Found, NotFound, Refused


def inquiries(till):
    return [members["now"] for verb, members in till.network.asked if verb == "inquire_outcome"]


@pytest.fixture
def unanswered(till, alice, komorebi):
    """The network booked it, and its answer was lost."""
    till.network.falls_silent()
    return till.buys(alice, komorebi)


class TestAnUnknownOutcome:
    def test_leaves_the_payment_processing(self, unanswered):
        assert (status(unanswered), attempt(unanswered).status) == ("processing", "unknown")

    def test_is_never_followed_by_a_second_authorization(self, till, alice, unanswered):
        with pytest.raises(TransitionRefused):
            till.offer(unanswered, alice)

    def test_becomes_what_the_inquiry_finds(self, till, unanswered):
        till.network.approves()
        till.later(seconds=5).janitor()
        assert status(unanswered) == "captured"
        till.until_quiet()
        assert till.network.claims() == 1
        assert till.findings() == []

    def test_is_not_asked_about_too_early(self, till, unanswered):
        till.network.approves()
        assert till.later(seconds=4).janitor() == 0

    def test_that_nobody_knows_of_is_a_decline_with_nothing_charged(self, till, alice, komorebi):
        till.network.falls_silent(booked=False)
        payment = till.buys(alice, komorebi)
        till.network.approves()
        till.later(seconds=5).janitor()
        made = attempt(payment)
        assert (status(payment), made.status, made.decline_code) == (
            "requires_approval",
            "declined",
            "no_authorization",
        )
        till.until_quiet()
        assert till.network.claims() == 0
        assert till.findings() == []

    def test_is_asked_about_by_the_plan_and_then_reversed(self, till, unanswered):
        start = till.now
        till.until_quiet(most_days=0.5)
        asked = [(moment - start).total_seconds() for moment in inquiries(till)][:5]
        assert asked == [5, 30, 120, 600, 3_600]
        reversal = Advice.objects.get(kind="reversal")
        assert (reversal.status, status(unanswered)) == ("due", "processing")

    def test_ends_when_the_reversal_is_acknowledged(self, till, unanswered):
        till.until_quiet(most_days=0.05)
        till.network.approves()
        till.until_quiet()
        assert attempt(unanswered).status == "reversed"
        assert status(unanswered) == "declined"
        assert till.network.claims() == 0
        assert till.findings() == []

    def test_is_reversed_with_growing_pauses_and_calls_a_person_after_six(self, till, unanswered):
        till.until_quiet(most_days=1)
        sent = [m for verb, m in till.network.asked if verb == "send_reversal"]
        pauses = [int((b["now"] - a["now"]).total_seconds()) for a, b in pairwise(sent)]
        assert pauses[:6] == [5, 30, 120, 600, 1_800, 3_600]
        assert set(pauses[6:]) == {3_600}
        assert [m["repeat"] for m in sent[:3]] == [False, True, True]
        assert Event.objects.filter(type="payment.needs_person").count() == 1

    def test_is_not_asked_about_any_more_while_it_is_being_reversed(self, till, unanswered):
        till.until_quiet(most_days=1)
        assert len(inquiries(till)) == 5

    def test_an_approval_that_comes_while_it_is_reversed_does_not_count(self, till, unanswered):
        from common.actors import SYSTEM
        from payments.services.write_outcome import write_outcome

        till.until_quiet(most_days=0.05)
        yes = Authorized("N1", "A1B2C3", "00", till.now)
        write_outcome(authorization_id=attempt(unanswered).id, answer=yes, by=SYSTEM, now=till.now)
        assert status(unanswered) == "processing"

    def test_keeps_points_held_until_it_is_known(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        till.network.falls_silent(booked=False)
        till.buys(alice, komorebi, points=500)
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (0, 500, 0)
        till.network.approves()
        till.later(seconds=5).janitor()
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (500, 0, 0)

    def test_a_safe_that_is_away_is_no_answer_and_no_question(self, till, unanswered):
        till.network.is_down()
        for _ in range(20):
            till.later(minutes=1).janitor()
        assert attempt(unanswered).inquiries == 0
        till.network.approves()
        till.later(minutes=1).janitor()
        assert status(unanswered) == "captured"


class TestALateApproval:
    def test_after_the_reversal_is_reversed_again(self, till, unanswered):
        till.until_quiet(most_days=0.05)
        till.network.approves()
        till.later(hours=1).relay()
        assert attempt(unanswered).status == "reversed"
        till.network.book[attempt(unanswered).id]["state"] = "held"
        till.until_quiet()
        assert till.network.claims() == 0
        assert Advice.objects.filter(kind="reversal", status="acknowledged").count() == 2
        assert till.findings() == []

    def test_after_not_found_is_reversed(self, till, alice, komorebi):
        till.network.falls_silent(booked=False)
        payment = till.buys(alice, komorebi)
        till.network.approves()
        till.later(seconds=5).janitor()
        till.network.will(Found(Authorized("N1", "A", "00", till.now), reversed=False), Acknowledged("00"), NotFound())
        till.until_quiet()
        assert attempt(payment).status == "declined"
        assert Advice.objects.get(kind="reversal").status == "acknowledged"

    def test_the_answer_of_a_slow_call_after_the_janitor_was_done(self, till, unanswered):
        from common.actors import SYSTEM
        from payments.services.write_outcome import write_outcome

        till.network.approves()
        till.later(seconds=5).janitor()
        yes = Authorized("N1", "A1B2C3", "00", till.now)
        write_outcome(authorization_id=attempt(unanswered).id, answer=yes, by=SYSTEM, now=till.now)
        assert status(unanswered) == "captured"
        till.until_quiet()
        assert till.findings() == []


class TestReversals:
    def test_original_not_found_is_decided_by_an_inquiry(self, till, unanswered):
        till.until_quiet(most_days=0.045)
        found = Found(Authorized("N1", "A", "00", till.now), reversed=False)
        till.network.will(Refused("25"), found, Refused("25"), found)
        till.network._silent = False
        till.until_quiet()
        assert attempt(unanswered).status == "reversed"
        assert till.network.claims() == 0

    def test_a_reversed_outcome_is_as_good_as_none(self, till, unanswered):
        till.network.will(Found(Authorized("N1", "A", "00", till.now), reversed=True))
        till.network.book[attempt(unanswered).id]["state"] = "reversed"
        till.later(seconds=5).janitor()
        assert attempt(unanswered).decline_code == "no_authorization"
        assert till.findings() == []


class TestACrash:
    def test_between_the_commits_is_found_by_the_row(self, till, alice, komorebi, monkeypatch):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        monkeypatch.setattr("vault.services.authorize_card", _dies)
        with pytest.raises(SystemExit):
            till.approve(payment, alice, offer=offer)
        monkeypatch.undo()
        assert attempt(payment).status == "sent"
        assert till.later(seconds=29).janitor() == 0
        till.later(seconds=1).janitor()
        assert (status(payment), attempt(payment).status) == ("requires_approval", "declined")
        assert attempt(payment).unknown_since == till.now

    def test_two_janitors_take_different_rows(self, till, alice, bob, komorebi):
        till.network.falls_silent()
        for person in (alice, bob):
            till.buys(person, komorebi)
        till.later(seconds=5)
        first = payments.claim_due_authorizations(now=till.now, limit=1)
        second = payments.claim_due_authorizations(now=till.now, limit=1)
        assert sorted(first + second) == sorted(Authorization.objects.values_list("pk", flat=True))
        assert payments.claim_due_authorizations(now=till.now) == []

    def test_a_lease_that_ran_out_is_due_again(self, till, unanswered):
        till.later(seconds=5)
        payments.claim_due_authorizations(now=till.now)
        assert len(payments.claim_due_authorizations(now=till.now + timedelta(seconds=60))) == 1

    def test_a_silent_network_is_asked_one_thing_at_a_time(self, till, alice, bob, komorebi):
        for person in (alice, bob):
            till.buys(person, komorebi)
        till.network.falls_silent()
        assert payments.send_advices(till.now) == 1
        assert payments.send_advices(till.now) == 1
        assert payments.send_advices(till.now) == 0
        till.network.approves()
        till.until_quiet()
        assert till.findings() == []

    def test_an_advice_that_was_settled_meanwhile_is_left_alone(self, till, alice, komorebi):
        till.buys(alice, komorebi)
        till.relay()
        asked = len(till.network.asked)
        assert payments.send_advice(advice_id=Advice.objects.get().id, now=till.now).status == "acknowledged"
        assert len(till.network.asked) == asked


def _dies(**_facts):
    raise SystemExit


class TestMachinesThatMeet:
    def test_a_janitor_whose_safe_is_away_plans_nothing_for_what_another_resolved(self, till, unanswered):
        """Otherwise the row stays due for ever, and nothing is left to ask about it."""
        till.network.approves()
        reference = attempt(unanswered).id
        real = till.network.ask

        def resolved_meanwhile(message):
            till.network.ask = real
            payments.resolve_unknown(authorization_id=reference, now=till.now)
            raise NothingSent("the safe is away")

        till.later(seconds=5)
        till.network.ask = resolved_meanwhile
        payments.resolve_unknown(authorization_id=reference, now=till.now)
        assert status(unanswered) == "captured"
        assert attempt(unanswered).next_inquiry_at is None

    def test_one_payment_that_cannot_expire_holds_up_no_other(self, till, komorebi, monkeypatch):
        broken, sound = till.asks(komorebi), till.asks(komorebi)
        module = import_module("payments.services.expire_payments")
        real = module.let_go

        def let_go(payment, **facts):
            if payment.pk == broken.pk:
                raise OperationalError("canceling statement due to lock timeout")
            real(payment, **facts)

        monkeypatch.setattr(module, "let_go", let_go)
        assert payments.expire_payments(now=sound.expires_at) == 1
        assert (status(broken), status(sound)) == ("requires_approval", "expired")

    def test_one_advice_that_cannot_be_written_down_holds_up_no_other(self, till, alice, bob, komorebi, monkeypatch):
        first, second = till.buys(alice, komorebi), till.buys(bob, komorebi)
        module = import_module("payments.services.send_advices")
        real = module.send_advice

        def send_advice(*, advice_id, now):
            if Advice.objects.get(pk=advice_id).authorization_id == attempt(first).id:
                raise OperationalError("canceling statement due to lock timeout")
            return real(advice_id=advice_id, now=now)

        monkeypatch.setattr(module, "send_advice", send_advice)
        till.relay()
        assert [attempt(payment).advices.get().status for payment in (first, second)] == ["due", "acknowledged"]

    def test_an_inquiry_that_waited_too_long_in_the_queue_is_not_made(self, till, unanswered, monkeypatch):
        """Its lease is over and another asks: two would use up the plan twice as fast, and the queue would grow."""
        sent = []
        monkeypatch.setattr(tasks.resolve_unknown, "apply_async", lambda **options: sent.append(options))
        monkeypatch.setattr(clock, "now", lambda: till.now)
        till.later(seconds=5)
        tasks.janitor()
        (options,) = sent
        assert options["kwargs"] == {"authorization_id": attempt(unanswered).id}
        lease = attempt(unanswered).next_inquiry_at - till.now
        assert options["expires"] + settings.WIRE_TOTAL_SECONDS <= lease.total_seconds()
