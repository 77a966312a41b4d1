"""Points are set aside while nobody knows whether a payment happens: spent once when it does, back when it does not."""

from datetime import timedelta
from functools import partial

import pytest

from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from common.money import pts
from payments import services as payments
from payments.models import Payment
from points import services as points
from points.errors import NotEnoughPoints
from points.lots import add_lot
from points.queries import points_of
from points.states import Source
from tests.payments.till import status


@pytest.fixture
def alice(till, alice, komorebi):
    """With 500 live points."""
    till.gives_points(alice, komorebi, 500)
    return alice


def has(till, person):
    view = points_of(person.wallet.id, till.now)
    return view.live.minor, view.held.minor


def cancel(till, payment):
    payments.cancel_payment(payment_id=payment.id, by=SYSTEM, now=till.now)


class TestWhileTheOutcomeIsUnknown:
    @pytest.fixture
    def unanswered(self, till, alice, komorebi):
        till.network.falls_silent()
        return till.buys(alice, komorebi, points=500)

    def test_they_can_be_spent_nowhere_else(self, till, alice, unanswered):
        assert (status(unanswered), has(till, alice)) == ("processing", (0, 500))
        till.until_quiet(most_days=0.5)
        assert (status(unanswered), has(till, alice)) == ("processing", (0, 500))

    def test_a_yes_that_is_found_spends_them_once(self, till, alice, unanswered):
        till.network.approves()
        till.later(seconds=5).janitor()
        assert (status(unanswered), has(till, alice)) == ("captured", (0, 0))
        till.until_quiet()
        assert has(till, alice) == (0, 0)
        assert till.findings() == []

    def test_a_reversal_gives_them_back(self, till, alice, unanswered):
        till.until_quiet(most_days=0.05)
        till.network.approves()
        till.until_quiet()
        assert (status(unanswered), has(till, alice)) == ("declined", (500, 0))
        assert till.findings() == []

    def test_a_no_that_comes_late_gives_them_back(self, till, alice, komorebi):
        till.network.falls_silent(booked=False)
        payment = till.buys(alice, komorebi, points=500)
        till.network.approves()
        till.later(seconds=5).janitor()
        assert (status(payment), has(till, alice)) == ("requires_approval", (500, 0))


class TestWhenNothingComesOfIt:
    def test_a_decline_for_good_gives_them_back(self, till, alice, komorebi):
        till.network.declines("05")
        payment = till.asks(komorebi)
        seen = [till.approve(payment, alice, points=500).status for _ in range(3)]
        assert (seen[-1], has(till, alice)) == ("declined", (500, 0))

    @pytest.mark.parametrize("end", ["cancel", "expire"])
    @pytest.mark.parametrize("captured", [0, 5_000])
    def test_its_end_gives_back_what_was_not_captured(self, till, alice, komorebi, end, captured):
        payment = till.buys(alice, komorebi, 10_000, points=500, capture_method="manual")
        if captured:
            till.captures(payment, captured)
        if end == "cancel":
            cancel(till, payment)
        else:
            till.later(days=7)
            payments.expire_payments(now=till.now)
        assert has(till, alice) == (250 if captured else 500, 0)
        till.until_quiet()
        assert till.findings() == []

    def test_another_card_may_be_tried_with_other_points(self, till, alice, komorebi):
        till.network.declines("51")
        payment = till.buys(alice, komorebi, points=500)
        till.network.approves()
        till.approve(payment, alice, points=123, card=till.card(alice, "4000056655665556"))
        assert (Payment.objects.get().points_minor, has(till, alice)) == (123, (377, 0))
        assert till.findings() == []


class TestPointsWhoseDayComesMeanwhile:
    """An expiry does not take what is set aside; what comes back from it has the expiry that it had."""

    @pytest.fixture
    def promised(self, till, bob, komorebi):
        transaction(add_lot)(
            wallet_id=bob.wallet.id,
            source=Source.PURCHASE,
            source_ref=new_id("cap"),
            rule_ref="program:1",
            funder=komorebi.id,
            amount=pts(500),
            payment_id=new_id("pay"),
            available_from=till.now,
            expires_at=till.now + timedelta(days=1),
            now=till.now,
        )
        points.activate_points(now=till.now)
        payment = till.buys(bob, komorebi, points=500, capture_method="manual")
        till.later(days=2)
        points.expire_points(now=till.now)
        return payment

    def test_pay_all_the_same(self, till, bob, promised):
        assert has(till, bob) == (0, 500)
        till.captures(promised)
        till.until_quiet()
        assert (status(promised), has(till, bob)) == ("captured", (0, 0))
        assert till.findings() == []

    def test_are_over_when_nothing_comes_of_it(self, till, bob, promised):
        cancel(till, promised)
        assert has(till, bob) == (0, 0)
        points.expire_points(now=till.now)
        till.until_quiet()
        assert till.findings() == []


@pytest.mark.parametrize("when", ["offer", "approval"])
def test_points_that_are_gone_meanwhile_are_said_with_what_is_left(till, alice, komorebi, when):
    payment = till.asks(komorebi)
    ask = partial(till.offer, payment, alice, points=500)
    offer = ask() if when == "approval" else None
    till.buys(alice, komorebi, points=400)
    with pytest.raises(NotEnoughPoints) as no:
        till.approve(payment, alice, offer=offer) if offer else ask()
    assert "100" in str(no.value)
    assert (status(payment), has(till, alice)) == ("requires_approval", (100, 0))
