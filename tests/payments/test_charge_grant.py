"""A shop charges within a permission. The books and the limits are real; only the card network is played."""

from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module

import pytest

from accounts import services as accounts
from common.ids import new_id
from common.money import yen
from common.states import TransitionRefused
from events.models import Event
from payments import services as payments
from payments.errors import (
    AmountTooSmall,
    GrantCardUnusable,
    GrantEnded,
    GrantExpired,
    GrantInUse,
    GrantLimitExceeded,
    GrantNotApproved,
    GrantNotFound,
    GrantPaused,
    GrantPeriodLimitExceeded,
    ReferenceUsed,
    RepeatDiffers,
)
from payments.models import Authorization, Grant, Payment
from payments.queries import charges_of_grant, payment_snapshot, timeline_of
from tests.conftest import together
from tests.payments.till import attempt, status
from vault.types import Declined

pytestmark = pytest.mark.django_db


def now_is(grant):
    return Grant.objects.get(pk=grant.id)


def used(till, grant):
    return now_is(grant).used_now(now=till.now).minor


@pytest.fixture
def grant(till, alice, komorebi):
    """Up to ¥5,000 a payment and ¥20,000 a month."""
    return till.allows(alice, komorebi)


@pytest.fixture
def charge(till, grant, komorebi):
    return partial(till.charges_grant, grant, komorebi)


class TestCharging:
    def test_is_paid_at_once(self, till, grant, charge, alice, komorebi):
        payment = charge(1_000)
        assert (payment.status, payment.customer_id, payment.grant_id) == ("captured", alice.customer.id, grant.id)
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 1_000 - 33
        assert used(till, grant) == 1_000
        till.until_quiet()
        assert till.network.book[attempt(payment).id]["state"] == "captured"
        assert till.findings() == []

    def test_tells_each_step(self, charge):
        payment = charge()
        told = Event.objects.filter(subject=payment.id).order_by("id")
        assert [event.type for event in told] == ["payment.created", "payment.authorized", "payment.captured"]
        assert told[0].data["status"] == "processing"
        assert told[0].data["grant"] == payment.grant_id
        assert [(change.verb, change.new) for change in payment.changes.order_by("version")] == [
            ("charge", "processing"),
            ("authorize", "authorized"),
            ("capture", "captured"),
        ]
        assert [item.happening for item in timeline_of(payment)] == [
            "charged",
            "asked_issuer",
            "authorized",
            "captured",
        ]

    def test_says_to_the_network_that_the_shop_began_it(self, till, grant, charge):
        first, second = charge(), charge()
        said = [members for verb, members in till.network.asked if verb == "authorize_card"]
        assert [members["initiator"] for members in said] == ["merchant", "merchant"]
        assert said[0]["series_ref"] == ""
        assert said[1]["series_ref"] == attempt(first).network_reference == now_is(grant).first_network_reference
        assert attempt(second).initiator == "merchant"

    def test_keeps_what_was_checked(self, charge):
        said = {line["check"]: line["outcome"] for line in attempt(charge()).card_check}
        assert said["grant"] == said["grant_limits"] == said["card_state"] == "passed"
        assert said["approval"] == "not_checked"

    def test_a_promise_first_when_the_shop_takes_it_later(self, till, grant, charge, komorebi):
        payment = charge(2_000, capture_method="manual")
        assert (payment.status, used(till, grant)) == ("authorized", 2_000)
        payments.capture_payment(payment_id=payment.id, capture_id=new_id("cap"), by=komorebi.actor, now=till.now)
        assert used(till, grant) == 2_000

    def test_is_listed_with_its_grant(self, grant, charge):
        payment = charge()
        assert [row.id for row in charges_of_grant(grant).rows] == [payment.id]


class TestLimits:
    def test_one_payment(self, till, grant, charge):
        charge(5_000)
        with pytest.raises(GrantLimitExceeded) as no:
            charge(5_001)
        assert no.value.facts["limit"] == yen(5_000)
        assert (Payment.objects.count(), used(till, grant)) == (1, 5_000)

    def test_one_period(self, till, grant, charge):
        for _ in range(3):
            charge(5_000)
        charge(4_000)
        with pytest.raises(GrantPeriodLimitExceeded) as no:
            charge(1_001)
        assert no.value.facts["left"] == yen(1_000)
        charge(1_000)

    @pytest.mark.parametrize(
        ("period", "last", "first"),
        [
            ("day", "2026-11-25T14:59:59", "2026-11-25T15:00:00"),  # midnight in Tokyo
            ("week", "2026-11-29T14:59:59", "2026-11-29T15:00:00"),  # Monday begins
            ("month", "2026-11-30T14:59:59", "2026-11-30T15:00:00"),
            ("year", "2026-12-31T14:59:59", "2026-12-31T15:00:00"),
        ],
    )
    def test_a_new_period_begins_at_midnight_in_tokyo(self, till, alice, komorebi, period, last, first):
        grant = till.allows(alice, komorebi, period=period, limit_per_period=yen(5_000))
        till.now = datetime.fromisoformat(last).replace(tzinfo=UTC)
        till.charges_grant(grant, komorebi, 5_000)
        with pytest.raises(GrantPeriodLimitExceeded):
            till.charges_grant(grant, komorebi, 50)
        till.now = datetime.fromisoformat(first).replace(tzinfo=UTC)
        assert used(till, grant) == 0
        till.charges_grant(grant, komorebi, 5_000)
        assert used(till, grant) == 5_000

    def test_its_last_day_counts_in_full(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi, until=date(2026, 11, 30))
        till.now = datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC)
        till.charges_grant(grant, komorebi)
        till.later(seconds=1)
        with pytest.raises(GrantExpired):
            till.charges_grant(grant, komorebi)
        payments.expire_grants(now=till.now)
        with pytest.raises(GrantExpired):
            till.charges_grant(grant, komorebi)

    def test_lowered_below_what_is_used(self, till, grant, charge, alice):
        charge(5_000)
        payments.lower_grant(grant_id=grant.id, limit_per_period=yen(3_000), by=alice.actor, now=till.now)
        with pytest.raises(GrantPeriodLimitExceeded) as no:
            charge(50)
        assert no.value.facts["left"] == yen(0)

    def test_nothing_under_the_smallest_amount(self, charge):
        with pytest.raises(AmountTooSmall):
            charge(49)


class TestGivingBack:
    def test_a_decline_gives_it_back_and_ends_the_payment(self, till, grant, charge):
        till.network.declines("51")
        payment = charge(3_000)
        assert (payment.status, attempt(payment).decline_code) == ("declined", "insufficient_funds")
        assert used(till, grant) == 0
        assert Payment.objects.get(pk=payment.id).grant_counted_minor == 0

    def test_while_nobody_knows_it_stays_set_aside(self, till, grant, charge):
        till.network.falls_silent()
        payment = charge(4_000)
        assert (payment.status, used(till, grant)) == ("processing", 4_000)
        till.network.approves()
        till.until_quiet()
        assert (status(payment), used(till, grant)) == ("captured", 4_000)
        assert till.findings() == []

    def test_a_question_that_was_lost_gives_it_back(self, till, grant, charge):
        till.network.falls_silent(booked=False)
        payment = charge(4_000)
        till.network.approves()
        till.until_quiet()
        assert (status(payment), used(till, grant)) == ("declined", 0)

    def test_a_reversal_gives_it_back(self, till, grant, charge):
        till.network.falls_silent()
        payment = charge(4_000)
        till.until_quiet(most_days=0.2)  # inquiries come to nothing, the reversal is due
        till.network.approves()
        till.until_quiet()
        assert status(payment) in {"declined", "captured"}
        assert used(till, grant) == (0 if status(payment) == "declined" else 4_000)
        assert till.findings() == []

    def test_a_void_gives_it_back(self, till, grant, charge, komorebi):
        payment = charge(4_000, capture_method="manual")
        payments.cancel_payment(payment_id=payment.id, by=komorebi.actor, now=till.now)
        assert used(till, grant) == 0

    def test_a_promise_that_was_not_used_in_time_gives_it_back(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi, period="year")
        till.charges_grant(grant, komorebi, 4_000, capture_method="manual")
        till.later(days=7)
        payments.expire_payments(now=till.now)
        assert used(till, grant) == 0

    def test_a_refund_gives_nothing_back(self, till, grant, charge):
        payment = charge(4_000)
        till.until_quiet()
        till.refunds(payment)
        assert used(till, grant) == 4_000

    def test_what_belongs_to_an_earlier_period_changes_nothing_now(self, till, grant, charge, komorebi):
        earlier = charge(4_000, capture_method="manual")
        till.later(days=9)  # December; the promise itself is a matter of seven days
        charge(1_000)
        payments.cancel_payment(payment_id=earlier.id, by=komorebi.actor, now=till.now)
        assert used(till, grant) == 1_000
        assert till.findings() == []


class TestOnce:
    def test_is_used_up_by_one_payment(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi, kind="one_time")
        till.charges_grant(grant, komorebi, 3_000)
        assert (now_is(grant).status, now_is(grant).ended_why) == ("ended", "used")
        with pytest.raises(GrantEnded):
            till.charges_grant(grant, komorebi, 50)
        assert Event.objects.get(type="grant.ended").data["ended_why"] == "used"

    def test_a_decline_does_not_use_it_up(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi, kind="one_time")
        till.network.will(Declined("51", None, None))
        assert till.charges_grant(grant, komorebi, 3_000).status == "declined"
        assert now_is(grant).status == "active"
        assert till.charges_grant(grant, komorebi, 3_000).status == "captured"

    def test_nor_a_second_one_while_the_first_is_open(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi, kind="one_time")
        till.network.falls_silent()
        till.charges_grant(grant, komorebi, 1_000)
        with pytest.raises(GrantInUse):
            till.charges_grant(grant, komorebi, 1_000)

    def test_paused_while_it_was_asked_it_is_used_up_all_the_same(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi, kind="one_time")
        till.network.falls_silent()
        till.charges_grant(grant, komorebi, 1_000)
        payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        till.network.approves()
        till.until_quiet()
        assert (now_is(grant).status, now_is(grant).ended_why) == ("ended", "used")


class TestRefusals:
    def test_another_shop_does_not_know_it(self, till, grant, fly_by_night):
        with pytest.raises(GrantNotFound):
            till.charges_grant(grant, fly_by_night)

    def test_not_before_the_customer_said_yes(self, till, komorebi):
        with pytest.raises(GrantNotApproved):
            till.charges_grant(till.asks_leave(komorebi), komorebi)

    def test_never_after_the_customer_said_no(self, till, alice, komorebi):
        grant = till.asks_leave(komorebi)
        payments.decline_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        with pytest.raises(GrantEnded):
            till.charges_grant(grant, komorebi)

    def test_not_while_it_is_paused(self, till, grant, charge, alice):
        payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        with pytest.raises(GrantPaused):
            charge()
        payments.resume_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        assert charge().status == "captured"

    def test_never_after_it_ended(self, till, grant, charge, alice):
        payments.end_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        with pytest.raises(GrantEnded):
            charge()
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("brake", ["frozen", "removed", "expired"])
    def test_not_with_a_card_that_cannot_pay(self, till, grant, charge, alice, brake):
        card = till.card(alice)
        match brake:
            case "frozen":
                accounts.freeze_card(card_id=card.id, reason="precaution", by=alice.actor, now=till.now)
            case "removed":
                accounts.remove_card(card_id=card.id, by=alice.actor, now=till.now)
            case _:
                type(card).objects.update(exp_year=2026, exp_month=10)
        with pytest.raises(GrantCardUnusable):
            charge()
        other = till.card(alice, "5555555555554444", brand="mastercard")
        payments.change_grant_card(grant_id=grant.id, card_id=other.id, by=alice.actor, now=till.now)
        assert charge().card_last4 == "4444"


class TestAskingAgain:
    def test_the_same_id_is_the_same_payment(self, till, grant, charge):
        again = {"payment_id": new_id("pay"), "merchant_reference": "box-1"}
        first = charge(5_000, **again)
        assert charge(5_000, **again).id == first.id
        assert (used(till, grant), len(till.network.book)) == (5_000, 1)
        with pytest.raises(RepeatDiffers):
            charge(4_000, **again)

    def test_also_when_the_limit_is_used_up_or_the_grant_is_over_by_then(self, till, grant, charge, alice):
        again = {"payment_id": new_id("pay"), "merchant_reference": "box-1"}
        first = charge(5_000, **again)
        for _ in range(3):
            charge(5_000)
        payments.end_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        assert charge(5_000, **again).id == first.id

    def test_a_reference_is_used_once_for_ever(self, till, grant, charge, komorebi):
        first = charge(1_000, merchant_reference="box-1")
        with pytest.raises(ReferenceUsed) as no:
            charge(1_000, merchant_reference="box-1")
        assert no.value.facts["payment_id"] == first.id
        with pytest.raises(ReferenceUsed):
            till.asks(komorebi, merchant_reference="box-1")
        assert used(till, grant) == 1_000

    def test_after_a_crash_the_network_is_asked_what_became_of_it(self, till, grant, charge, monkeypatch):
        again = {"payment_id": new_id("pay"), "merchant_reference": "box-1"}

        def crash(**_facts):
            raise SystemExit

        with monkeypatch.context() as dying:
            dying.setattr(import_module("payments.services.charge_grant"), "write_outcome", crash)
            with pytest.raises(SystemExit):
                charge(1_000, **again)
        assert charge(1_000, **again).status == "processing"  # the first run might still be at work
        till.later(minutes=1)
        assert charge(1_000, **again).status == "captured"
        assert len(till.network.book) == 1


class TestStops:
    @pytest.mark.parametrize(("code", "advice"), [("R0", None), ("R1", None), ("05", "03"), ("05", "21")])
    def test_the_issuer_stops_this_one(self, till, grant, charge, alice, komorebi, code, advice):
        other = till.allows(alice, komorebi)
        till.network.will(Declined(code, advice, None))
        assert charge().status == "declined"
        assert (now_is(grant).status, now_is(grant).ended_why) == ("ended", "stopped_by_issuer")
        assert now_is(other).status == "active"

    def test_the_issuer_stops_all_of_this_shop(self, till, grant, charge, alice, bob, komorebi, fly_by_night):
        other, elsewhere = till.allows(alice, komorebi), till.allows(alice, fly_by_night)
        bobs = till.allows(bob, komorebi)
        till.network.will(Declined("R3", None, None))
        charge()
        assert [now_is(row).status for row in (grant, other, elsewhere, bobs)] == ["ended", "ended", "active", "active"]

    def test_a_plain_no_ends_nothing(self, till, grant, charge):
        till.network.will(Declined("05", None, None))
        charge()
        assert now_is(grant).status == "active"


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_no_more_than_the_limit_is_ever_taken(self, till, grant, charge, komorebi):
        answers = together(*[partial(charge, 5_000) for _ in range(8)])
        taken = [answer for answer in answers if isinstance(answer, Payment)]
        refused = [answer for answer in answers if isinstance(answer, GrantPeriodLimitExceeded)]
        assert (len(taken), len(refused)) == (4, 4)
        assert used(till, grant) == 20_000
        assert till.balances(komorebi)["sys", "network_receivable"] == 20_000
        assert till.findings() == []

    def test_once_is_once(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi, kind="one_time")
        answers = together(*[partial(till.charges_grant, grant, komorebi, 3_000) for _ in range(6)])
        assert sum(isinstance(answer, Payment) for answer in answers) == 1
        assert {type(answer) for answer in answers} <= {Payment, GrantInUse, GrantEnded}

    def test_one_reference_is_one_payment(self, till, grant, charge):
        again = {"payment_id": new_id("pay"), "merchant_reference": "box-1"}
        answers = together(*[partial(charge, 1_000, **again) for _ in range(4)])
        assert {answer.id for answer in answers} == {again["payment_id"]}
        assert (used(till, grant), len(till.network.book)) == (1_000, 1)

    def test_an_end_is_final_at_once(self, till, grant, charge, alice):
        end = partial(payments.end_grant, grant_id=grant.id, by=alice.actor, now=till.now)
        answers = together(
            *[partial(charge, 1_000) for _ in range(3)], end, *[partial(charge, 1_000) for _ in range(3)]
        )
        ended = now_is(grant)
        assert ended.status == "ended"
        taken = [answer for answer in answers if isinstance(answer, Payment)]
        assert len(taken) + sum(isinstance(answer, GrantEnded) for answer in answers) == 6
        assert used(till, grant) == 1_000 * len(taken)
        with pytest.raises(GrantEnded):
            charge(1_000)
        assert till.findings() == []

    def test_declines_and_charges_keep_the_count(self, till, grant, charge):
        answers = [Declined("05", None, None) if turn % 2 else None for turn in range(6)]
        till.network.will(*[answer for answer in answers if answer])
        together(*[partial(charge, 1_000) for _ in range(6)])
        captured = Payment.objects.filter(status="captured").count()
        assert captured == 3
        assert used(till, grant) == 3_000
        assert till.findings() == []


def test_a_snapshot_names_the_grant(grant, charge):
    assert payment_snapshot(charge())["grant"] == grant.id


def test_nobody_cancels_what_is_being_asked(till, charge, komorebi):
    till.network.falls_silent()
    payment = charge()
    with pytest.raises(TransitionRefused):
        payments.cancel_payment(payment_id=payment.id, by=komorebi.actor, now=till.now)
    assert Authorization.objects.get(payment=payment).grant_id == payment.grant_id
