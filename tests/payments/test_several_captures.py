"""Taking a promise in parts, letting go of its rest, and what the network says to each of them."""

import pytest

from common.ids import new_id
from common.money import yen
from common.states import TransitionRefused
from events.models import Event
from payments import services as payments
from payments.errors import CaptureExceedsAuthorization, RepeatDiffers
from payments.models import Advice, Capture, Payment
from payments.queries import payment_of_merchant, payment_snapshot, timeline_of
from tests.payments.till import SHOP, attempt, status
from vault.types import Refused


@pytest.fixture
def promised(till, alice, komorebi):
    """A payment that the issuer promised and the shop has not taken yet."""
    return till.buys(alice, komorebi, 10_000, capture_method="manual")


def amounts(payment) -> tuple[int, int, int]:
    """What is captured, what can still be, and what will never be."""
    now = Payment.objects.get(pk=payment.id)
    return now.amount_captured_minor, now.capturable.minor, now.amount_released_minor


def let_time_pass(till):
    till.later(days=7)
    payments.expire_payments(now=till.now)


class TestCapturesOfAPart:
    def test_take_what_they_say_until_nothing_is_left(self, till, promised, komorebi):
        till.captures(promised, 4_000)
        assert (status(promised), amounts(promised)) == ("partially_captured", (4_000, 6_000, 0))
        till.captures(promised, 5_000)
        till.captures(promised)
        assert (status(promised), amounts(promised)) == ("captured", (10_000, 0, 0))
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 9_675
        till.until_quiet()
        assert till.network.in_state("captured") == [attempt(promised).id]
        assert sorted(till.network.book[attempt(promised).id]["captures"].values()) == [
            yen(1_000),
            yen(4_000),
            yen(5_000),
        ]
        assert till.findings() == []

    def test_together_never_take_more_than_was_promised(self, till, promised):
        till.captures(promised, 9_000)
        with pytest.raises(CaptureExceedsAuthorization) as no:
            till.captures(promised, 1_001)
        assert no.value.facts["available"] == yen(1_000)
        till.captures(promised, 1_000)
        with pytest.raises(TransitionRefused):
            till.captures(promised, 1)

    def test_the_same_again_is_the_first_one(self, till, promised):
        name = new_id("cap")
        first = till.captures(promised, 4_000, capture_id=name)
        till.captures(promised, 1_000)
        assert till.captures(promised, 4_000, capture_id=name).id == first.id
        for other in ({"amount": yen(4_001)}, {"amount": yen(4_000), "final": True}):
            with pytest.raises(RepeatDiffers):
                till.captures(promised, capture_id=name, **other)
        assert amounts(promised) == (5_000, 5_000, 0)

    def test_pay_one_fee_however_small_they_are(self, till, alice, komorebi):
        """Fifteen yen alone would round to no fee at all."""
        payment = till.buys(alice, komorebi, 150, capture_method="manual")
        for _ in range(10):
            till.captures(payment, 15)
        assert till.balances()["sys", "fee_income"] == 5
        assert till.findings() == []

    def test_earn_the_points_of_one_purchase(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 1_000, capture_method="manual")
        for amount in (150, 150, 700):
            till.captures(payment, amount)
        till.until_quiet()
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (0, 0, 10)

    def test_redeem_their_share_of_the_points_and_the_last_one_the_rest(self, till, alice, komorebi, fly_by_night):
        till.gives_points(alice, fly_by_night, 1_000)
        payment = till.buys(alice, komorebi, 3_000, points=1_000, capture_method="manual")
        taken = [till.captures(payment, 1_000).points_minor for _ in range(3)]
        assert taken == [333, 334, 333]
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (0, 0, 0)
        till.until_quiet()
        assert till.findings() == []

    def test_that_points_pay_alone_are_no_business_of_the_networks(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 100)
        payment = till.buys(alice, komorebi, 150, points=100, capture_method="manual")
        for _ in range(150):
            till.captures(payment, 1)
        assert Capture.objects.filter(status="booked").count() == 50
        till.until_quiet()
        assert status(payment) == "captured"
        assert till.findings() == []

    def test_are_listed_in_the_payment(self, till, promised, komorebi):
        till.captures(promised, 4_000)
        till.captures(promised, 1_000, final=True)
        seen = payment_snapshot(payment_of_merchant(komorebi.id, promised.id))
        assert [(one["amount"], one["final"], one["status"]) for one in seen["captures"]] == [
            (4_000, False, "booked"),
            (1_000, True, "booked"),
        ]
        assert (seen["amount_captured"], seen["amount_capturable"], seen["amount_released"]) == (5_000, 0, 5_000)


class TestLettingGoOfTheRest:
    def released(self, payment):
        return Event.objects.get(type="payment.released").facts["why"]

    def test_with_the_last_capture(self, till, promised):
        till.captures(promised, 4_000, final=True)
        assert (status(promised), amounts(promised)) == ("partially_captured", (4_000, 0, 6_000))
        with pytest.raises(TransitionRefused):
            till.captures(promised, 1)
        till.until_quiet()
        row = till.network.book[attempt(promised).id]
        assert (row["state"], row["captured"], row["released"]) == ("captured", yen(4_000), yen(6_000))
        assert (till.network.claimed(), self.released(promised)) == (4_000, "final")
        assert till.findings() == []

    def test_by_canceling_what_is_left(self, till, promised, komorebi):
        till.captures(promised, 4_000)
        till.until_quiet()
        payments.cancel_payment(payment_id=promised.id, by=komorebi.actor, now=till.now)
        assert (status(promised), amounts(promised)) == ("partially_captured", (4_000, 0, 6_000))
        with pytest.raises(TransitionRefused):
            payments.cancel_payment(payment_id=promised.id, by=komorebi.actor, now=till.now)
        till.until_quiet()
        assert (till.network.claimed(), self.released(promised)) == (4_000, "cancel")
        assert till.findings() == []

    def test_a_cancel_that_died_before_it_could_answer_finds_itself_done(self, till, promised, komorebi):
        till.captures(promised, 4_000)
        begun = till.now
        for _ in range(2):
            payments.cancel_payment(payment_id=promised.id, by=komorebi.actor, now=till.now, first_asked_at=begun)
        assert amounts(promised) == (4_000, 0, 6_000)

    def test_when_its_time_is_over(self, till, promised):
        till.captures(promised, 4_000)
        let_time_pass(till)
        assert (status(promised), amounts(promised)) == ("partially_captured", (4_000, 0, 6_000))
        assert payments.expire_payments(now=till.now) == 0
        till.until_quiet()
        assert (till.network.claimed(), self.released(promised)) == (4_000, "expire")
        assert till.findings() == []

    def test_frees_the_points_that_were_set_aside_for_it(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 1_000)
        payment = till.buys(alice, komorebi, 5_000, points=1_000, capture_method="manual")
        till.captures(payment, 2_000, final=True)
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (600, 0, 0)
        till.until_quiet()
        assert (till.network.claimed(), till.findings()) == (1_600, [])

    def test_may_reach_the_network_before_the_capture_does(self, till, promised):
        till.captures(promised, 4_000, final=True)
        Advice.objects.filter(kind="capture").update(next_try_at=till.now.replace(year=2027))
        till.relay()
        assert till.network.claimed() == 4_000
        assert till.findings() == []
        Advice.objects.filter(status="due").update(next_try_at=till.now)
        till.until_quiet()
        assert (till.network.in_state("captured"), till.findings()) == ([attempt(promised).id], [])

    def test_is_repeated_until_the_network_acknowledges(self, till, promised):
        till.captures(promised, 4_000)
        till.until_quiet()
        till.network.falls_silent()
        payments.cancel_payment(payment_id=promised.id, by=SHOP, now=till.now)
        till.relay()
        assert Advice.objects.get(kind="release").status == "due"
        till.network.approves()
        till.until_quiet()
        assert Advice.objects.get(kind="release").status == "acknowledged"
        assert till.findings() == []

    def test_is_told_in_the_payments_story(self, till, promised, komorebi):
        till.captures(promised, 4_000)
        till.later(hours=1)
        payments.cancel_payment(payment_id=promised.id, by=komorebi.actor, now=till.now)
        last = timeline_of(promised)[-1]
        assert (last.happening, last.facts["amount_minor"]) == ("released", 6_000)


class TestOneOfSeveralThatTheNetworkRefuses:
    def refuse_the_next(self, till, code="57"):
        till.network.will(Refused(code))
        till.relay()

    def test_leaves_the_others_and_may_be_captured_again(self, till, promised, komorebi):
        till.captures(promised, 4_000)
        till.until_quiet()
        till.captures(promised, 6_000)
        self.refuse_the_next(till)
        assert (status(promised), amounts(promised)) == ("partially_captured", (4_000, 6_000, 0))
        till.captures(promised)
        till.until_quiet()
        assert (status(promised), till.network.claimed()) == ("captured", 10_000)
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 9_675
        assert till.findings() == []

    def test_that_had_points_is_not_captured_again(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 1_000)
        payment = till.buys(alice, komorebi, 5_000, points=1_000, capture_method="manual")
        till.captures(payment, 2_000)
        till.until_quiet()
        till.captures(payment, 2_000)
        self.refuse_the_next(till)
        assert amounts(payment) == (2_000, 1_000, 2_000)
        assert till.balances(wallets=[alice])[alice.user.email, "points"][:2] == (400, 200)
        till.captures(payment)
        till.until_quiet()
        assert (status(payment), till.network.claimed()) == ("partially_captured", 2_400)
        assert till.findings() == []

    def test_after_the_rest_was_given_up_is_given_up_too(self, till, promised):
        till.captures(promised, 4_000)
        till.until_quiet()
        till.captures(promised, 5_000, final=True)
        self.refuse_the_next(till)
        assert amounts(promised) == (4_000, 0, 6_000)
        till.until_quiet()
        assert (till.network.claimed(), till.findings()) == (4_000, [])

    def test_the_only_one_that_was_final_cancels_the_payment(self, till, promised, komorebi):
        before = till.balances(komorebi)
        till.captures(promised, 5_000, final=True)
        self.refuse_the_next(till)
        till.until_quiet()
        assert (status(promised), till.network.claims()) == ("canceled", 0)
        assert any(before.values()) or not any(till.balances(komorebi).values())
        assert till.findings() == []

    def test_when_the_promise_had_ended_leaves_what_stands(self, till, promised):
        till.captures(promised, 4_000)
        till.until_quiet()
        till.network.book[attempt(promised).id]["state"] = "captured"  # what was left has ended at the issuer
        till.captures(promised, 2_000)
        till.until_quiet()
        assert (status(promised), amounts(promised)) == ("partially_captured", (4_000, 0, 6_000))
        assert till.findings() == []
