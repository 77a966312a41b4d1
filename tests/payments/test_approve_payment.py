"""The customer's yes, and what the issuer says to it. Only the card network is played."""

from datetime import timedelta
from importlib import import_module

import pytest

from accounts import services as accounts
from accounts.errors import CardNotFound
from common.states import TransitionRefused
from events.models import AuditRecord, Event
from merchants import services as merchants
from payments import services as payments
from payments.errors import (
    ApprovalRefused,
    CardFrozen,
    CardPartTooSmall,
    ChallengeNotOpen,
    MerchantNotOpen,
    NoPaymentPasskey,
    PaymentExpired,
    PaymentNotFound,
    PointsNotPossible,
    TooManyOffers,
)
from payments.models import Approval, Authorization, Challenge, Payment
from payments.queries import reverify_approval
from points.errors import NotEnoughPoints
from tests.payments.till import attempt, status
from vault.types import Declined, Found


def events_of(payment):
    return list(Event.objects.filter(subject=payment.id).order_by("id").values_list("type", flat=True))


class TestApprovePayment:
    def test_pays_the_shop_when_the_issuer_agrees(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 10_000)
        assert status(payment) == "captured"
        assert till.balances(komorebi)[komorebi.id, "merchant_payable"] == 10_000 - 325
        assert (payment.customer_id, payment.card_last4) == (alice.customer.id, "4242")
        till.until_quiet()
        assert till.network.book[attempt(payment).id]["state"] == "captured"
        assert till.findings() == []

    def test_tells_each_step_in_order(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        wanted = ["payment.created", "payment.processing", "payment.authorized", "payment.captured"]
        assert events_of(payment) == wanted
        captured = Event.objects.get(type="payment.captured")
        assert captured.data["amount_captured"] == 12_800
        assert captured.facts["base_minor"] == 12_800
        assert "wallet" not in captured.data

    def test_is_remembered_step_by_step(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        changes = payment.changes.order_by("version").values_list("version", "verb")
        assert list(changes) == [(1, "create"), (2, "approve"), (3, "authorize"), (4, "capture")]
        assert AuditRecord.objects.filter(action="payment.approved", subject=payment.id).count() == 1

    def test_a_shop_that_captures_by_itself_gets_a_promise(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 10_000, capture_method="manual")
        assert status(payment) == "authorized"
        assert payment.capturable.minor == 10_000
        assert payment.capture_before == till.now + timedelta(days=7)
        assert not any(till.balances(komorebi).values())

    def test_points_pay_their_part(self, till, alice, komorebi, fly_by_night):
        till.gives_points(alice, fly_by_night, 3_000)
        before = till.balances(komorebi, fly_by_night)
        payment = till.buys(alice, komorebi, 10_000, points=3_000)
        after = till.balances(komorebi, fly_by_night)
        assert till.network.book[attempt(payment).id]["amount"].minor == 7_000
        assert after["sys", "network_receivable"] - before["sys", "network_receivable"] == 7_000
        assert after[komorebi.id, "merchant_payable"] - before[komorebi.id, "merchant_payable"] == 10_000 - 325
        assert after[fly_by_night.id, "points_reserve"] == before[fly_by_night.id, "points_reserve"] - 3_000

    def test_points_are_earned_on_the_money_part(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 3_000)
        till.buys(alice, komorebi, 10_000, points=3_000)
        till.until_quiet()
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (0, 0, 70)

    def test_a_used_challenge_approves_nothing_more(self, till, alice, komorebi):
        payment = till.asks(komorebi, capture_method="manual")
        offer = till.offer(payment, alice)
        till.approve(payment, alice, offer=offer)
        with pytest.raises(TransitionRefused):
            till.approve(payment, alice, offer=offer)
        assert Authorization.objects.count() == 1

    def test_nothing_is_approved_twice_after_a_decline_either(self, till, alice, komorebi):
        till.network.declines("51")
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        till.approve(payment, alice, offer=offer)
        with pytest.raises(ChallengeNotOpen):
            till.approve(payment, alice, offer=offer)


class TestTheIssuersNo:
    def test_leaves_room_for_another_card(self, till, alice, komorebi):
        till.network.declines("51")
        payment = till.buys(alice, komorebi)
        assert (payment.status, payment.attempts) == ("requires_approval", 1)
        made = attempt(payment)
        assert (made.status, made.decline_code, made.decline_advice) == ("declined", "insufficient_funds", "later")
        till.network.approves()
        other = till.card(alice, "4000056655665556")
        assert till.approve(payment, alice, card=other).status == "captured"
        till.until_quiet()
        assert till.findings() == []

    def test_three_times_ends_the_payment(self, till, alice, komorebi):
        till.network.declines("05")
        payment = till.asks(komorebi)
        seen = [till.approve(payment, alice).status for _ in range(3)]
        assert seen == ["requires_approval", "requires_approval", "declined"]
        with pytest.raises(TransitionRefused):
            till.offer(payment, alice)

    def test_after_the_time_is_over_ends_it_too(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        till.network.falls_silent(booked=False)
        till.approve(payment, alice, offer=offer)
        till.network.approves()
        till.later(hours=1).janitor()
        assert status(payment) == "declined"

    def test_returns_held_points_at_once(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        till.network.declines("05")
        payment = till.buys(alice, komorebi, points=500)
        assert till.balances(wallets=[alice])[alice.user.email, "points"] == (500, 0, 0)
        assert payment.points_minor == 0
        till.network.approves()
        assert till.approve(payment, alice, points=400).status == "captured"
        assert till.findings() == []

    def test_nothing_that_left_the_house_uses_up_no_attempt(self, till, alice, komorebi):
        till.network.is_down()
        payment = till.buys(alice, komorebi)
        assert (payment.status, payment.attempts) == ("requires_approval", 0)
        assert attempt(payment).decline_code == "try_again_later"

    def test_a_part_is_not_taken(self, till, alice, komorebi):
        till.network.declines("10")
        payment = till.buys(alice, komorebi)
        assert attempt(payment).decline_code == "partial_not_accepted"
        till.until_quiet()
        assert till.network.claims() == 0
        assert till.findings() == []

    def test_our_own_fault_calls_a_person(self, till, alice, komorebi):
        till.network.declines("30")
        till.buys(alice, komorebi)
        assert Event.objects.get(type="payment.needs_person").owner_ref == ""

    def test_a_malfunction_is_asked_about_at_once(self, till, alice, komorebi):
        till.network.declines("96")
        payment = till.buys(alice, komorebi)
        assert (payment.status, attempt(payment).decline_code) == ("requires_approval", "processing_error")
        assert [verb for verb, _members in till.network.asked][-2:] == ["authorize_card", "inquire_outcome"]

    def test_an_answer_that_came_too_late_for_the_network_is_unknown(self, till, alice, komorebi):
        late = Declined("68", None, None)
        till.network.will(late, Found(late, reversed=False))
        payment = till.buys(alice, komorebi)
        assert (payment.status, attempt(payment).status) == ("processing", "unknown")


class TestWhoMayApprove:
    def test_the_payment_belongs_to_whoever_signs_first(self, till, alice, mallory, komorebi):
        payment = till.asks(komorebi)
        till.offer(payment, mallory)
        till.network.declines("05")
        till.approve(payment, alice)
        with pytest.raises(PaymentNotFound):
            till.offer(payment, mallory)

    def test_a_newer_challenge_voids_an_older_one(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        older = till.offer(payment, alice)
        till.offer(payment, alice)
        with pytest.raises(ChallengeNotOpen):
            till.approve(payment, alice, offer=older)

    def test_a_stranger_can_make_alice_ask_again_but_not_for_ever(self, till, alice, mallory, komorebi, monkeypatch):
        monkeypatch.setattr(import_module("payments.services.offer_approval"), "MOST_OFFERS", 3)
        payment = till.asks(komorebi)
        for _ in range(3):
            till.offer(payment, mallory)
        with pytest.raises(TooManyOffers):
            till.offer(payment, mallory)
        assert till.approve(payment, alice).status == "captured"

    def test_mallory_cannot_answer_alices_challenge(self, till, alice, mallory, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        till.passkey(mallory)
        with pytest.raises(ChallengeNotOpen):
            till.approve(payment, mallory, offer=offer)

    def test_mallory_cannot_sign_for_alice(self, till, alice, mallory, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        till.passkey(mallory)
        with pytest.raises(ApprovalRefused):
            payments.approve_payment(
                payment_id=payment.id,
                customer_id=alice.customer.id,
                challenge_id=offer.challenge_id,
                assertion=till.signed(offer, mallory),
                by=alice.actor,
                now=till.now,
            )

    def test_mallory_cannot_pay_with_alices_card(self, till, alice, mallory, komorebi):
        payment = till.asks(komorebi)
        with pytest.raises(CardNotFound):
            till.offer(payment, mallory, card=till.card(alice))

    def test_a_customer_without_a_payment_passkey_is_told_so(self, till, alice, komorebi):
        payment, card = till.asks(komorebi), till.card(alice)
        from common.money import pts

        with pytest.raises(NoPaymentPasskey):
            payments.offer_approval(
                payment_id=payment.id, customer_id=alice.customer.id, card_id=card.id, points=pts(0), now=till.now
            )


class TestWhatCannotBeApproved:
    def test_three_wrong_tries_use_a_challenge_up(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        wrong = till.signed(offer, alice)
        wrong["response"]["signature"] = wrong["response"]["signature"][:-4] + "AAAA"
        answer = {"payment_id": payment.id, "customer_id": alice.customer.id, "challenge_id": offer.challenge_id}
        for _ in range(3):
            with pytest.raises(ApprovalRefused):
                payments.approve_payment(**answer, assertion=wrong, by=alice.actor, now=till.now)
        with pytest.raises(ChallengeNotOpen):
            till.approve(payment, alice, offer=offer)
        assert till.approve(payment, alice).status == "captured"

    @pytest.mark.parametrize("assertion", [{}, {"id": 3}, {"id": "AAAA"}, {"id": "AAAA", "response": None}])
    def test_nonsense_is_refused_like_a_wrong_signature(self, till, alice, komorebi, assertion):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        with pytest.raises(ApprovalRefused):
            payments.approve_payment(
                payment_id=payment.id,
                customer_id=alice.customer.id,
                challenge_id=offer.challenge_id,
                assertion=assertion,
                by=alice.actor,
                now=till.now,
            )

    def test_five_minutes_are_over_at_the_fifth_minute(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        with pytest.raises(ChallengeNotOpen):
            till.later(minutes=5).approve(payment, alice, offer=offer)

    def test_a_challenge_never_outlives_its_payment(self, till, alice, komorebi):
        payment = till.asks(komorebi, expires_in_seconds=60)
        offer = till.offer(payment, alice)
        assert offer.expires_at == payment.expires_at
        with pytest.raises(PaymentExpired):
            till.later(minutes=1).approve(payment, alice, offer=offer)

    @pytest.mark.parametrize("moment", ["offer", "approve"])
    def test_a_frozen_card_is_refused_by_name(self, till, alice, komorebi, moment):
        payment, card = till.asks(komorebi), till.card(alice)
        offer = till.offer(payment, alice) if moment == "approve" else None
        accounts.freeze_card(card_id=card.id, reason="precaution", by=alice.actor, now=till.now)
        with pytest.raises(CardFrozen):
            till.approve(payment, alice, offer=offer)
        assert not Authorization.objects.exists()

    def test_a_removed_card_is_refused(self, till, alice, komorebi):
        payment, card = till.asks(komorebi), till.card(alice)
        offer = till.offer(payment, alice)
        accounts.remove_card(card_id=card.id, by=alice.actor, now=till.now)
        with pytest.raises(CardNotFound):
            till.approve(payment, alice, offer=offer)

    def test_a_merchant_suspended_meanwhile_gets_nothing(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="complaints", by=komorebi.actor, now=till.now)
        with pytest.raises(MerchantNotOpen):
            till.approve(payment, alice, offer=offer)

    def test_points_that_are_not_there_cannot_be_spent(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        with pytest.raises(NotEnoughPoints):
            till.offer(payment, alice, points=1)

    def test_points_spent_elsewhere_meanwhile_stop_the_whole_approval(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice, points=500)
        till.buys(alice, komorebi, points=500)
        with pytest.raises(NotEnoughPoints):
            till.approve(payment, alice, offer=offer)
        assert status(payment) == "requires_approval"
        assert Challenge.objects.get(pk=offer.challenge_id).consumed_at is None

    @pytest.mark.parametrize(
        ("points", "refusal"),
        [(-1, PointsNotPossible), (12_801, PointsNotPossible), (12_751, CardPartTooSmall), (12_799, CardPartTooSmall)],
    )
    def test_points_leave_the_card_nothing_or_enough(self, till, alice, komorebi, points, refusal):
        with pytest.raises(refusal):
            till.offer(till.asks(komorebi), alice, points=points)


class TestTheKeptApproval:
    def test_is_verified_again_without_asking_anybody(self, till, alice, komorebi):
        till.buys(alice, komorebi)
        assert reverify_approval(Approval.objects.get().id)

    @pytest.mark.parametrize(
        "column", ["details", "nonce", "client_data", "authenticator_data", "signature", "public_key"]
    )
    def test_a_changed_byte_is_noticed(self, till, alice, komorebi, column):
        from django.db import connection

        till.buys(alice, komorebi)
        kept = Approval.objects.get()
        value = bytearray(bytes(getattr(kept, column)))
        value[-1] ^= 1
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"UPDATE payments_approval SET {column} = %s", [bytes(value)])  # noqa: S608 (names of our own)
            cursor.execute("SET session_replication_role = origin")
        assert not reverify_approval(kept.id)

    def test_can_be_made_by_the_browsers_own_window(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice, kind="payment.get")
        assert offer.spc["total"]["amount"] == {"currency": "JPY", "value": "12800"}
        assert offer.spc["data"]["payeeOrigin"] == "https://komorebi.example"
        assert till.approve(payment, alice, offer=offer).status == "captured"
        kept = Approval.objects.get()
        assert kept.kind == "payment.get"
        assert reverify_approval(kept.id)

    def test_what_points_pay_is_not_in_the_browsers_total(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 800)
        offer = till.offer(till.asks(komorebi), alice, points=800, kind="payment.get")
        assert offer.spc["total"]["amount"]["value"] == "12000"

    def test_the_payment_in_the_database_is_never_half_approved(self, till, alice, komorebi, monkeypatch):
        def broken(*_args, **_facts):
            raise ZeroDivisionError

        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        monkeypatch.setattr(import_module("payments.services._question"), "as_json", broken)
        with pytest.raises(ZeroDivisionError):
            till.approve(payment, alice, offer=offer)
        assert Payment.objects.get(pk=payment.id).status == "requires_approval"
        assert not Approval.objects.exists()
        monkeypatch.undo()
        assert till.approve(payment, alice, offer=offer).status == "captured"
