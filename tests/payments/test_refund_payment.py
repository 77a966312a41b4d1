"""Giving captured money back: afterwards every account says what it said before the purchase."""

import pytest

from common.actors import SYSTEM
from common.ids import new_id
from common.money import yen
from common.states import TransitionRefused
from events.models import Event
from payments import services as payments
from payments.errors import NothingToRefund, RefundExceedsCaptured, RepeatDiffers
from payments.models import Payment, Refund
from tests.cast import NOON
from tests.payments.till import status
from vault.types import Authorized, Declined, Found, NotFound, NotSent, Unknown


@pytest.fixture
def paid(till, alice, komorebi):
    payment = till.buys(alice, komorebi, 10_000)
    till.relay()
    return payment


def now_of(refund) -> Refund:
    return Refund.objects.get(pk=refund.id)


class TestRefundPayment:
    @pytest.mark.parametrize(("amount", "points"), [(10_000, 0), (10_000, 2_000), (999, 0), (50, 0), (2_050, 2_000)])
    def test_puts_every_account_back(self, till, alice, komorebi, fly_by_night, amount, points):
        till.gives_points(alice, fly_by_night, 2_000)
        before = till.balances(komorebi, fly_by_night, wallets=[alice])
        payment = till.buys(alice, komorebi, amount, points=points)
        till.until_quiet()
        refund = till.refunds(payment)
        till.until_quiet()
        assert refund.status == "succeeded"
        assert till.balances(komorebi, fly_by_night, wallets=[alice]) == before
        assert till.findings() == []

    def test_does_so_after_earned_points_became_live_too(self, till, alice, komorebi):
        from points import services as points

        before = till.balances(komorebi, wallets=[alice])
        payment = till.buys(alice, komorebi, 10_000)
        till.until_quiet()
        till.later(days=20)
        points.activate_points(now=till.now)
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (100, 0, 0)
        till.refunds(payment)
        till.until_quiet()
        assert till.balances(komorebi, wallets=[alice]) == before
        assert till.findings() == []

    def test_takes_the_money_from_the_shop_at_once(self, till, paid, komorebi):
        till.network.falls_silent()
        refund = till.refunds(paid)
        assert refund.status == "pending"
        said = till.balances(komorebi)
        assert said[komorebi.id, "merchant_payable"] == 0
        assert said["sys", "refunds_in_transit"] == 10_000
        assert said["sys", "fee_income"] == 0

    def test_tells_the_shop(self, till, paid):
        refund = till.refunds(paid, reason="duplicate")
        told = dict(Event.objects.filter(subject=refund.id).values_list("type", "data"))
        assert list(told) == ["refund.created", "refund.succeeded"]
        assert (told["refund.created"]["status"], told["refund.succeeded"]["status"]) == ("pending", "succeeded")
        assert told["refund.created"]["reason"] == "duplicate"
        assert Event.objects.get(type="payment.refunded").data["amount_refunded"] == 10_000

    def test_the_same_again_is_the_first_refund(self, till, paid):
        name = new_id("ref")
        first = till.refunds(paid, refund_id=name)
        assert till.refunds(paid, refund_id=name, amount=yen(10_000)).id == first.id
        with pytest.raises(RepeatDiffers):
            till.refunds(paid, refund_id=name, amount=yen(1))
        assert [verb for verb, _ in till.network.asked].count("refund_card") == 1

    def test_a_second_refund_finds_nothing_left(self, till, paid):
        till.refunds(paid)
        with pytest.raises(NothingToRefund):
            till.refunds(paid)

    def test_refuses_more_than_was_captured(self, till, paid):
        with pytest.raises(RefundExceedsCaptured) as no:
            till.refunds(paid, amount=yen(10_001))
        assert no.value.facts["available"] == yen(10_000)

    def test_what_was_not_captured_cannot_be_refunded(self, till, alice, komorebi):
        with pytest.raises(TransitionRefused):
            till.refunds(till.buys(alice, komorebi, capture_method="manual"))

    def test_the_capture_is_told_first(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        assert till.refunds(payment).status == "succeeded"
        verbs = [verb for verb, _ in till.network.asked]
        assert verbs.index("send_capture") < verbs.index("refund_card")
        till.until_quiet()
        assert till.findings() == []

    def test_a_refund_in_the_middle_of_a_transaction_is_an_error(self, till, paid):
        from common.db import transaction

        with pytest.raises(RuntimeError):
            transaction(lambda: till.refunds(paid))()


class TestTheNetworksNo:
    def test_frees_the_amount_again(self, till, paid, komorebi):
        before = till.balances(komorebi)
        till.network.declines("57")
        refund = till.refunds(paid)
        assert (refund.status, refund.decline_code) == ("failed", "not_permitted")
        assert till.balances(komorebi) == before
        assert Payment.objects.get(pk=paid.id).amount_refunded_minor == 0
        till.network.approves()
        assert till.refunds(paid).status == "succeeded"
        till.until_quiet()
        assert till.findings() == []

    def test_nothing_sent_fails_at_once(self, till, paid, komorebi):
        before = till.balances(komorebi)
        till.network.is_down()
        refund = till.refunds(paid)
        assert (refund.status, refund.decline_code) == ("failed", "try_again_later")
        assert till.balances(komorebi) == before


class TestSilence:
    def test_a_lost_answer_is_one_refund(self, till, paid):
        till.network.falls_silent()
        refund = till.refunds(paid)
        till.network.approves()
        till.until_quiet()
        assert now_of(refund).status == "succeeded"
        assert [verb for verb, _ in till.network.asked].count("refund_card") == 1
        assert till.findings() == []

    def test_a_lost_question_is_no_refund(self, till, paid, komorebi):
        before = till.balances(komorebi)
        till.network.falls_silent(booked=False)
        refund = till.refunds(paid)
        till.network.approves()
        till.until_quiet()
        assert now_of(refund).status == "failed"
        assert till.balances(komorebi) == before
        assert till.findings() == []

    def test_calls_a_person_and_is_asked_about_hourly_for_ever(self, till, paid):
        till.network.falls_silent()
        refund = till.refunds(paid)
        till.until_quiet(most_days=1)
        assert now_of(refund).status == "pending"
        assert now_of(refund).inquiries > 20
        assert Event.objects.filter(type="payment.needs_person").count() == 1

    def test_a_refund_that_the_network_is_slow_about_worries_nobody(self, till, paid, komorebi):
        reference = Authorized("R1", "", "00", till.now)
        till.network.will(Unknown("pending"), *[Unknown("pending")] * 12, Found(reference, reversed=False))
        refund = till.refunds(paid)
        assert refund.status == "pending"
        for _ in range(13):
            till.later(hours=2).janitor()
        assert now_of(refund).status == "succeeded"
        assert not Event.objects.filter(type="payment.needs_person").exists()

    def test_a_refund_that_the_issuer_returns_a_day_later_fails(self, till, paid, komorebi):
        before = till.balances(komorebi)
        till.network.will(Unknown("pending"), Found(Declined("05", None, None), reversed=False))
        refund = till.refunds(paid)
        till.later(days=1).janitor()
        assert now_of(refund).status == "failed"
        assert till.balances(komorebi) == before
        assert till.findings() == []

    def test_a_refund_waits_for_a_capture_that_nobody_acknowledged(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.network.falls_silent()
        refund = till.refunds(payment)
        assert (refund.status, refund.sent_at) == ("pending", None)
        till.network.approves()
        till.until_quiet()
        assert now_of(refund).status == "succeeded"
        assert till.findings() == []

    def test_a_refund_that_waits_repeats_the_capture_no_faster_than_the_relay_does(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.network.falls_silent()
        till.refunds(payment)
        till.until_quiet(most_days=1)
        sent = [members["now"] for verb, members in till.network.asked if verb == "send_capture"]
        assert len(sent) < 60

    @pytest.mark.parametrize(
        ("found", "becomes"),
        [
            (Found(Authorized("R", "", "00", NOON), reversed=False), "succeeded"),
            (Found(Declined("96", None, None), reversed=False), "failed"),
            (NotFound(), "failed"),
            (Unknown("silent"), "pending"),
            (NotSent("the safe is away"), "pending"),
        ],
    )
    def test_after_a_malfunction_the_network_is_asked_before_anybody_tries_again(self, till, paid, found, becomes):
        """A second refund after one that was booked all the same would give the money back twice."""
        till.network.will(Declined("96", None, None), found)
        assert till.refunds(paid).status == becomes

    def test_an_answered_refund_is_left_alone(self, till, paid):
        refund = till.refunds(paid)
        asked = len(till.network.asked)
        assert payments.resolve_refund(refund_id=refund.id, now=till.now).status == "succeeded"
        assert len(till.network.asked) == asked
        assert (status(paid), SYSTEM.kind) == ("captured", "sys")
