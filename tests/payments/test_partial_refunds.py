"""Giving back a part, several times, over several captures: never above what was captured, exactly all in the end."""

from functools import partial

import pytest

from common.ids import new_id
from common.money import yen
from payments import services as payments
from payments.errors import CaptureNotFound, NothingToRefund, RefundExceedsCaptured, RepeatDiffers
from payments.models import Capture, Payment, Refund
from payments.queries import refund_of_merchant, refund_snapshot
from tests.conftest import together
from tests.payments.till import SHOP, attempt, status


@pytest.fixture
def paid(till, alice, komorebi):
    payment = till.buys(alice, komorebi, 10_000)
    till.relay()
    return payment


@pytest.fixture
def paid_twice(till, alice, komorebi):
    """One purchase, captured in two parts: ¥4,000 and ¥6,000."""
    payment = till.buys(alice, komorebi, 10_000, capture_method="manual")
    till.captures(payment, 4_000)
    till.later(minutes=1).captures(payment, 6_000)
    till.until_quiet()
    return payment


def parts(refund) -> list[int]:
    return [part.amount_minor for part in refund.parts.order_by("id")]


class TestRefundsOfAPart:
    def test_return_what_they_say_with_its_share_of_the_fee(self, till, paid, komorebi):
        till.refunds(paid, amount=yen(4_000))
        assert Payment.objects.get(pk=paid.id).refundable == yen(6_000)
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 9_675 - 4_000 + 130
        till.until_quiet()
        assert (till.network.claimed(), till.findings()) == (6_000, [])

    def test_together_never_return_more_than_was_captured(self, till, paid):
        till.refunds(paid, amount=yen(9_000))
        with pytest.raises(RefundExceedsCaptured) as no:
            till.refunds(paid, amount=yen(1_001))
        assert no.value.facts["available"] == yen(1_000)
        till.refunds(paid)
        with pytest.raises(NothingToRefund):
            till.refunds(paid, amount=yen(1))

    def test_count_while_they_are_under_way(self, till, paid):
        till.network.falls_silent()
        assert till.refunds(paid, amount=yen(9_000)).status == "pending"
        with pytest.raises(RefundExceedsCaptured):
            till.refunds(paid, amount=yen(1_001))
        till.network.approves()
        till.until_quiet()
        assert till.findings() == []

    def test_that_failed_are_free_again(self, till, paid, komorebi):
        before = till.balances(komorebi)
        till.network.declines("57")
        assert till.refunds(paid, amount=yen(9_000)).status == "failed"
        assert till.balances(komorebi) == before
        till.network.approves()
        assert till.refunds(paid).amount == yen(10_000)
        till.until_quiet()
        assert till.findings() == []

    @pytest.mark.parametrize("amounts", [(1, 1, 9_998), (3_333, 3_333, 3_334), (9_999, 1), (5_000, 50, 4_950)])
    def test_leave_exactly_what_was_before_the_purchase(self, till, alice, komorebi, fly_by_night, amounts):
        till.gives_points(alice, fly_by_night, 1_234)
        before = till.balances(komorebi, fly_by_night, wallets=[alice])
        payment = till.buys(alice, komorebi, 10_000, points=1_234)
        till.until_quiet()
        for amount in amounts:
            assert till.refunds(payment, amount=yen(amount)).status == "succeeded"
            till.until_quiet()
            assert till.findings() == []
        assert till.balances(komorebi, fly_by_night, wallets=[alice]) == before

    def test_take_earned_points_back_in_their_share(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 1_000)
        till.until_quiet()
        left = []
        for _ in range(4):
            till.refunds(payment, amount=yen(250))
            till.until_quiet()
            left.append(till.balances(wallets=[alice])[alice.user.email, "points"][2])
        assert left == [7, 5, 2, 0]

    def test_do_so_when_the_points_are_live_already(self, till, alice, komorebi):
        from points import services as points

        before = till.balances(komorebi, wallets=[alice])
        payment = till.buys(alice, komorebi, 10_000)
        till.until_quiet()
        till.later(days=20)
        points.activate_points(now=till.now)
        for amount, left in ((2_500, 75), (7_500, 0)):
            till.refunds(payment, amount=yen(amount))
            till.until_quiet()
            assert till.balances(wallets=[alice])[alice.user.email, "points"] == (left, 0, 0)
            assert till.findings() == []
        assert till.balances(komorebi, wallets=[alice]) == before

    def test_that_points_pay_alone_ask_nobody(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 950)
        payment = till.buys(alice, komorebi, 1_000, points=950)
        till.until_quiet()
        refund = till.refunds(payment, amount=yen(1))
        assert (refund.status, refund.points_minor) == ("succeeded", 1)
        assert "refund_card" not in [verb for verb, _ in till.network.asked]
        till.refunds(payment)
        till.until_quiet()
        assert till.findings() == []

    def test_the_same_again_is_the_first_refund(self, till, paid):
        name = new_id("ref")
        first = till.refunds(paid, refund_id=name, amount=yen(100))
        assert till.refunds(paid, refund_id=name, amount=yen(100)).id == first.id
        for other in ({"amount": yen(101)}, {"amount": yen(100), "capture_id": Capture.objects.get().id}):
            with pytest.raises(RepeatDiffers):
                till.refunds(paid, refund_id=name, **other)


class TestRefundsOverSeveralCaptures:
    def test_return_the_oldest_first(self, till, paid_twice, komorebi):
        assert parts(till.refunds(paid_twice, amount=yen(1_000))) == [1_000]
        over_both = till.refunds(paid_twice, amount=yen(5_000))
        assert parts(over_both) == [3_000, 2_000]
        seen = refund_snapshot(refund_of_merchant(komorebi.id, over_both.id))
        assert [one["amount"] for one in seen["captures"]] == [3_000, 2_000]
        till.until_quiet()
        assert (till.network.claimed(), till.findings()) == (4_000, [])

    def test_may_name_one(self, till, paid_twice):
        later = Capture.objects.get(amount_minor=6_000)
        till.refunds(paid_twice, amount=yen(5_999), capture_id=later.id)
        with pytest.raises(RefundExceedsCaptured) as no:
            till.refunds(paid_twice, amount=yen(2), capture_id=later.id)
        assert no.value.facts["available"] == yen(1)
        with pytest.raises(CaptureNotFound):
            till.refunds(paid_twice, capture_id=new_id("cap"))

    def test_wait_until_the_network_has_all_of_them(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 10_000, capture_method="manual")
        till.captures(payment, 4_000)
        till.until_quiet()
        till.captures(payment, 6_000)
        till.network.falls_silent(booked=False)
        refund = till.refunds(payment, amount=yen(5_000))
        assert (refund.status, refund.sent_at) == ("pending", None)
        till.network.approves()
        till.until_quiet()
        assert Refund.objects.get().status == "succeeded"
        assert till.findings() == []

    def test_are_possible_while_a_rest_can_still_be_captured(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 10_000, capture_method="manual")
        till.captures(payment, 4_000)
        till.refunds(payment)
        assert status(payment) == "partially_captured"
        till.until_quiet()
        assert (till.network.claimed(), till.findings()) == (6_000, [])
        till.captures(payment)
        till.until_quiet()
        assert (till.network.claimed(), till.findings()) == (6_000, [])

    def test_of_everything_leave_what_was_before(self, till, alice, komorebi, fly_by_night):
        till.gives_points(alice, fly_by_night, 777)
        before = till.balances(komorebi, fly_by_night, wallets=[alice])
        payment = till.buys(alice, komorebi, 10_000, points=777, capture_method="manual")
        for amount in (1_111, 2_222, 3_333):
            till.captures(payment, amount)
        payments.cancel_payment(payment_id=payment.id, by=SHOP, now=till.now)
        till.until_quiet()
        for amount in (999, 3_000, 2_667):
            till.refunds(payment, amount=yen(amount))
            till.until_quiet()
            assert till.findings() == []
        assert till.balances(komorebi, fly_by_night, wallets=[alice]) == before
        assert till.network.in_state("refunded") == [attempt(payment).id]


@pytest.mark.django_db(transaction=True)
class TestHandsAtOnce:
    def test_never_capture_more_than_was_promised(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 1_000, capture_method="manual")
        together(*(partial(till.captures, payment, amount) for amount in (400, 400, 400, 300)))
        now = Payment.objects.get(pk=payment.id)
        standing = sum(Capture.objects.values_list("amount_minor", flat=True))
        assert now.amount_captured_minor == standing <= 1_000
        assert standing >= 700
        till.until_quiet()
        assert till.findings() == []

    def test_never_refund_more_than_was_captured(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 1_000)
        till.relay()
        together(*(partial(till.refunds, payment, amount=yen(amount)) for amount in (400, 400, 400, 300)))
        given_back = sum(Refund.objects.exclude(status="failed").values_list("amount_minor", flat=True))
        assert 700 <= given_back <= 1_000
        assert Payment.objects.get(pk=payment.id).amount_refunded_minor == given_back
        till.until_quiet()
        assert (till.network.claimed(), till.findings()) == (1_000 - given_back, [])

    @pytest.mark.parametrize("captured_before", [0, 300])
    def test_capture_cancel_and_expiry_agree_on_one_end(self, till, alice, komorebi, captured_before):
        payment = till.buys(alice, komorebi, 1_000, capture_method="manual")
        if captured_before:
            till.captures(payment, captured_before)
        ends = Payment.objects.get(pk=payment.id).capture_before
        together(
            partial(till.captures, payment, 600),
            partial(payments.cancel_payment, payment_id=payment.id, by=SHOP, now=till.now),
            partial(payments.expire_payments, now=ends),
            partial(till.captures, payment),
        )
        now = Payment.objects.get(pk=payment.id)
        assert now.amount_captured_minor in {captured_before, captured_before + 600, 1_000}
        till.until_quiet(most_days=10)
        assert till.network.claimed() == now.amount_captured_minor + now.capturable.minor
        assert till.findings() == []
