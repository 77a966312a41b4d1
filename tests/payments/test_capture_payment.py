"""Taking what the issuer promised, giving it back before, and letting its time run out."""

from datetime import timedelta

import pytest

from common.actors import Actor
from common.ids import new_id
from common.money import yen
from common.states import TransitionRefused
from events.models import Event
from payments import services as payments
from payments.errors import CaptureExceedsAuthorization, PaymentNotFound, RepeatDiffers
from payments.models import Advice, Capture
from tests.payments.till import attempt, status
from vault.types import Refused


@pytest.fixture
def promised(till, alice, komorebi):
    """A payment that the issuer promised and the shop has not taken yet."""
    return till.buys(alice, komorebi, 10_000, capture_method="manual")


def capture(till, payment, **facts):
    known = {"payment_id": payment.id, "capture_id": new_id("cap"), "by": Actor("key_1"), "now": till.now}
    return payments.capture_payment(**known | facts)


class TestCapturePayment:
    def test_owes_the_shop_the_amount_without_the_fee(self, till, promised, komorebi):
        assert capture(till, promised).amount == yen(10_000)
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 9_675
        till.until_quiet()
        assert till.network.in_state("captured") == [attempt(promised).id]
        assert till.findings() == []

    def test_the_same_again_is_the_first_capture(self, till, promised, komorebi):
        name = new_id("cap")
        first = capture(till, promised, capture_id=name)
        assert capture(till, promised, capture_id=name, amount=yen(10_000)).id == first.id
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 9_675

    def test_the_same_id_with_another_amount_is_refused(self, till, promised):
        name = new_id("cap")
        capture(till, promised, capture_id=name)
        with pytest.raises(RepeatDiffers):
            capture(till, promised, capture_id=name, amount=yen(9_999))

    def test_a_second_capture_is_refused(self, till, promised):
        capture(till, promised)
        with pytest.raises(TransitionRefused):
            capture(till, promised)

    def test_refuses_more_than_was_promised(self, till, promised):
        with pytest.raises(CaptureExceedsAuthorization) as no:
            capture(till, promised, amount=yen(10_001))
        assert no.value.facts["available"] == yen(10_000)

    def test_the_last_instant_itself_is_too_late(self, till, promised):
        till.later(days=7)
        with pytest.raises(TransitionRefused):
            capture(till, promised)

    def test_what_nobody_approved_cannot_be_captured(self, till, komorebi):
        with pytest.raises(TransitionRefused):
            capture(till, till.asks(komorebi, capture_method="manual"))

    def test_no_payment_cannot_be_captured(self, till):
        with pytest.raises(PaymentNotFound):
            payments.capture_payment(payment_id="pay_x", capture_id=new_id("cap"), by=Actor("key_1"), now=till.now)

    def test_a_lost_answer_is_asked_for_until_it_comes(self, till, promised):
        till.network.falls_silent()
        capture(till, promised)
        till.relay()
        assert Advice.objects.get().status == "due"
        till.network.approves()
        till.until_quiet()
        assert (Advice.objects.get().status, Capture.objects.get().status) == ("acknowledged", "acknowledged")
        assert till.findings() == []


class TestACaptureThatTheNetworkRefuses:
    def test_goes_back_to_the_promise(self, till, promised, komorebi):
        before = till.balances(komorebi)
        capture(till, promised)
        till.network.will(Refused("57"))
        till.relay()
        assert (status(promised), attempt(promised).status) == ("authorized", "authorized")
        assert till.balances(komorebi) == before
        assert Event.objects.get(type="payment.capture_refused").owner_ref == komorebi.id
        assert Event.objects.filter(type="payment.needs_person").count() == 1
        assert till.findings() == []

    def test_may_be_tried_again(self, till, promised):
        capture(till, promised)
        till.network.will(Refused("57"))
        till.relay()
        capture(till, promised)
        till.until_quiet()
        assert (status(promised), till.network.claims()) == ("captured", 1)
        assert till.findings() == []

    def test_ends_when_the_promise_has_ended(self, till, promised, komorebi):
        capture(till, promised)
        till.network.book[attempt(promised).id]["state"] = "expired"
        till.until_quiet()
        assert (status(promised), attempt(promised).status) == ("expired", "expired")
        assert not any(till.balances(komorebi).values())
        assert till.findings() == []

    def test_returns_the_points_and_what_was_earned(self, till, alice, komorebi, fly_by_night):
        till.gives_points(alice, fly_by_night, 1_000)
        before = till.balances(komorebi, fly_by_night, wallets=[alice])
        payment = till.buys(alice, komorebi, 10_000, points=1_000)
        till.network.will(Refused("57"))
        till.until_quiet()
        assert (status(payment), till.network.claims()) == ("canceled", 0)
        assert till.balances(komorebi, fly_by_night, wallets=[alice]) == before
        assert till.findings() == []

    def test_stops_a_refund_that_had_not_left(self, till, promised, komorebi):
        capture(till, promised)
        till.network.falls_silent(booked=False)
        refund = till.refunds(promised)
        assert (refund.status, refund.sent_at) == ("pending", None)
        till.network.approves().will(Refused("57"))
        till.later(minutes=1).relay()
        refund.refresh_from_db()
        assert (refund.status, status(promised)) == ("failed", "authorized")
        assert not any(till.balances(komorebi).values())


class TestCancelPayment:
    def test_gives_the_promise_back(self, till, promised, komorebi):
        payments.cancel_payment(payment_id=promised.id, by=komorebi.actor, now=till.now)
        till.until_quiet()
        assert (status(promised), attempt(promised).status) == ("canceled", "voided")
        assert till.network.in_state("voided") == [attempt(promised).id]
        assert till.findings() == []

    def test_frees_held_points(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 300)
        payment = till.buys(alice, komorebi, points=300, capture_method="manual")
        payments.cancel_payment(payment_id=payment.id, by=alice.actor, now=till.now)
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (300, 0, 0)

    def test_ends_what_nobody_approved_and_voids_its_challenge(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        payments.cancel_payment(payment_id=payment.id, by=alice.actor, now=till.now)
        with pytest.raises(TransitionRefused):
            till.approve(payment, alice, offer=offer)

    def test_is_too_late_after_a_capture(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        with pytest.raises(TransitionRefused):
            payments.cancel_payment(payment_id=payment.id, by=komorebi.actor, now=till.now)

    def test_waits_while_the_outcome_is_unknown(self, till, alice, komorebi):
        till.network.falls_silent()
        payment = till.buys(alice, komorebi)
        with pytest.raises(TransitionRefused):
            payments.cancel_payment(payment_id=payment.id, by=alice.actor, now=till.now)

    def test_mallory_cannot_cancel_alices_payment(self, till, promised, mallory):
        with pytest.raises(PaymentNotFound):
            payments.cancel_payment(payment_id=promised.id, by=mallory.actor, now=till.now)

    def test_a_void_that_the_network_does_not_know_is_done(self, till, promised):
        del till.network.book[attempt(promised).id]
        till.network._answered.clear()
        payments.cancel_payment(payment_id=promised.id, by=Actor("key_1"), now=till.now)
        till.relay()
        assert Advice.objects.get(kind="void").status == "acknowledged"


class TestExpirePayments:
    def test_ends_what_nobody_approved_in_time(self, till, komorebi):
        payment = till.asks(komorebi)
        assert payments.expire_payments(now=payment.expires_at - timedelta(microseconds=1)) == 0
        assert payments.expire_payments(now=payment.expires_at) == 1
        assert status(payment) == "expired"
        assert Event.objects.filter(type="payment.expired").count() == 1

    def test_gives_back_what_was_not_captured_in_time(self, till, promised):
        till.later(days=7)
        assert payments.expire_payments(now=till.now) == 1
        till.until_quiet()
        assert (status(promised), attempt(promised).status) == ("expired", "expired")
        assert till.network.in_state("voided") == [attempt(promised).id]
        assert till.findings() == []

    def test_leaves_an_unknown_outcome_to_the_janitor(self, till, alice, komorebi):
        till.network.falls_silent()
        payment = till.buys(alice, komorebi)
        assert payments.expire_payments(now=till.now + timedelta(days=1)) == 0
        assert status(payment) == "processing"

    def test_ends_each_once(self, till, komorebi):
        payment = till.asks(komorebi)
        assert [payments.expire_payments(now=payment.expires_at) for _ in range(2)] == [1, 0]
