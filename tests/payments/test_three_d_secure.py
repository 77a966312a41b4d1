"""3-D Secure: the issuer is asked whether it is its customer, and what it says decides. The directory is played."""

import json
from importlib import import_module

import pytest
from django.utils import translation

from accounts import services as accounts
from common.states import TransitionRefused
from events.models import AuditRecord, Event
from payments import services as payments
from payments.card_check import read_json, sentence
from payments.errors import PaymentNotFound
from payments.models import Approval, Authentication, Authorization
from payments.queries import challenge_of, payment_of_customer, payment_snapshot, timeline_of
from payments.services.claim_due import lease_from
from payments.states import CHALLENGE_LIMIT, MOST_ATTEMPTS
from payments.three_ds import Word, proof_data, shift_of
from points.queries import points_of
from tests.cast import business
from tests.conftest import together
from tests.payments.test_rules import allow
from tests.payments.till import attempt, status
from vault.types import BrowserFacts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def always(settings):
    settings.THREE_DS, settings.THREE_DS_UNAVAILABLE = "always", "go_on"


class Counter:
    """What the stories ask of the till besides: results that come, browsers that return."""

    def __init__(self, till):
        self.till, self.network = till, till.network

    def about(self, payment) -> Authentication:
        return Authentication.objects.filter(payment=payment).latest("id")

    def result(self, payment, word="Y", **changes):
        """The issuer's result comes over HTTP."""
        reference = self.about(payment).id
        message = self.network.result(reference, word, **changes)
        return payments.hear_authentication(key=reference, message=message, now=self.till.now)

    def returns(self, payment, person):
        """The browser comes back, whatever it carries."""
        return payments.continue_payment(payment_id=payment.id, by=person.actor, now=self.till.now)

    def asked_issuer(self) -> int:
        return len([verb for verb, _members in self.network.asked if verb == "authorize_card"])


@pytest.fixture
def counter(till):
    return Counter(till)


def says(payment):
    """Status of the payment, of its last attempt, and what the attempt's 3-D Secure summary claims."""
    last = attempt(payment)
    return status(payment), last.status, last.three_ds and last.three_ds["liability_shift_claimed"]


class TestScenarios:
    """Facts, section C of the test cards: 40 to 56."""

    @pytest.mark.parametrize(
        ("word", "brand", "number", "eci", "claimed"),
        [
            ("Y", "visa", "4242424242424242", "05", True),
            ("Y", "mastercard", "5555555555554444", "02", True),
            ("A", "visa", "4242424242424242", "06", True),
            ("A", "mastercard", "5555555555554444", "01", True),
            ("I", "visa", "4242424242424242", "07", False),
            ("I", "mastercard", "5555555555554444", "04", False),
            ("U", "visa", "4242424242424242", "07", False),
        ],
    )
    def test_40_41_51_44_go_on_without_a_challenge(self, till, alice, komorebi, word, brand, number, eci, claimed):
        till.network.authentication = word
        payment = till.buys(alice, komorebi, card=till.card(alice, number, brand=brand))
        assert says(payment) == ("captured", "authorized", claimed)
        three_ds = payment_snapshot(payment_of_customer(alice.customer.id, payment.id))["latest_authorization"][
            "three_ds"
        ]
        assert (three_ds["status"], three_ds["eci"], three_ds["version"]) == (word, eci, "2.2.0")
        assert three_ds["liability_shift_conditions_met"] is claimed
        assert till.network.claims() == 1
        assert till.findings() == []

    @pytest.mark.parametrize(("word", "advice"), [("N", "no"), ("R", "never")])
    def test_42_43_no_authorization_is_asked_for(self, till, counter, alice, komorebi, word, advice):
        till.network.authentication = word
        payment = till.buys(alice, komorebi)
        last = attempt(payment)
        assert (status(payment), last.status, last.decline_code) == (
            "requires_approval",
            "declined",
            "authentication_failed",
        )
        assert (last.decline_advice, last.sent_at, counter.asked_issuer()) == (advice, None, 0)
        assert till.network.claims() == 0
        assert till.findings() == []

    @pytest.mark.parametrize("word", ["U", None])
    def test_44_49_the_operator_may_decline_what_cannot_be_authenticated(
        self, till, counter, settings, alice, komorebi, word
    ):
        settings.THREE_DS_UNAVAILABLE = "decline"
        till.network.authentication = word
        payment = till.buys(alice, komorebi)
        assert (status(payment), attempt(payment).decline_code) == ("requires_approval", "authentication_unavailable")
        assert counter.asked_issuer() == 0

    def test_49_a_silent_directory_is_gone_on_without(self, till, alice, komorebi):
        till.network.authentication = None
        payment = till.buys(alice, komorebi)
        assert says(payment) == ("captured", "authorized", False)
        asked = [members for verb, members in till.network.asked if verb == "authorize_card"]
        assert asked[0]["three_ds_ref"] == ""

    def test_45_a_customer_who_passes(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        assert (status(payment), attempt(payment).status, counter.asked_issuer()) == ("processing", "authenticating", 0)
        assert challenge_of(payment).origin == "http://localhost:9"
        assert counter.result(payment) == (True, '{"messageType": "RRes"}')
        assert counter.asked_issuer() == 0
        assert status(counter.returns(payment, alice)) == "captured"
        assert says(payment) == ("captured", "authorized", True)
        assert (till.network.claims(), till.findings()) == (1, [])

    def test_46_a_customer_who_fails(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        counter.result(payment, "N")
        assert (status(payment), attempt(payment).decline_code) == ("requires_approval", "authentication_failed")
        assert counter.returns(payment, alice).status == "requires_approval"
        assert (counter.asked_issuer(), till.network.claims()) == (0, 0)

    def test_47_a_customer_who_cancels_chooses_another_card(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        counter.result(payment, "N", challenge_cancel="01")
        payment.refresh_from_db()
        assert (payment.status, payment.attempts) == ("requires_approval", 0)
        assert attempt(payment).decline_code == "authentication_canceled"
        till.network.authentication = "Y"
        assert (
            status(till.approve(payment, alice, card=till.card(alice, "3530111333300000", brand="jcb"))) == "captured"
        )

    def test_48_nothing_ever_comes_back(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        till.later(seconds=CHALLENGE_LIMIT.total_seconds() - 1)
        assert (till.janitor(), says(payment)[1]) == (0, "authenticating")
        till.later(seconds=1)
        assert till.janitor() == 1
        assert (status(payment), attempt(payment).status) == ("requires_approval", "expired")
        counter.result(payment)  # too late: it changes nothing
        counter.returns(payment, alice)
        assert (status(payment), counter.asked_issuer(), till.findings()) == ("requires_approval", 0, [])

    def test_50_a_decoupled_result_needs_no_browser(self, till, counter, alice, komorebi):
        till.network.authentication = "D"
        payment = till.buys(alice, komorebi)
        assert challenge_of(payment).url == ""
        till.later(seconds=30)
        counter.result(payment)
        assert till.janitor() == 1
        assert says(payment) == ("captured", "authorized", True)

    @pytest.mark.parametrize(("code", "decline"), [("05", "card_declined"), ("51", "insufficient_funds")])
    def test_52_53_a_challenge_that_passes_is_no_yes(self, till, counter, alice, komorebi, code, decline):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        till.network.declines(code)
        counter.result(payment)
        counter.returns(payment, alice)
        assert (status(payment), attempt(payment).decline_code) == ("requires_approval", decline)
        assert till.network.claims() == 0

    def test_54_a_yes_without_a_value_claims_nothing(self, till, alice, komorebi, monkeypatch):
        from tests.vault import played

        made = played.three_ds
        bare = {"eci": "07", "has_value": 0}
        monkeypatch.setattr(played, "three_ds", lambda word, brand, **facts: made(word, brand, **facts | bare))
        payment = till.buys(alice, komorebi)
        assert says(payment) == ("captured", "authorized", False)
        assert attempt(payment).three_ds["reasons"] == ["eci", "no_value"]

    def test_55_a_result_about_another_transaction_is_not_believed(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        counter.result(payment, distrusted="the result names another transaction")
        assert (status(payment), attempt(payment).decline_code) == ("requires_approval", "authentication_failed")
        assert Event.objects.filter(type="payment.needs_person").exists()
        assert AuditRecord.objects.filter(action="payment.needs_person").exists()
        counter.returns(payment, alice)
        assert counter.asked_issuer() == 0

    @pytest.mark.parametrize("mode", ["always", "when_asked"])
    @pytest.mark.parametrize(("brand", "number", "code"), [("visa", "4242424242424242", "1A"),
                                                           ("mastercard", "5555555555554444", "65")])  # fmt: skip
    def test_56_a_soft_decline_leads_to_one_challenge_and_one_charge(
        self, till, counter, settings, alice, komorebi, mode, brand, number, code
    ):
        settings.THREE_DS = mode
        till.network.authentication = lambda _number, mandated: "C" if mandated else "I"
        till.network.declines(code)
        payment = till.buys(alice, komorebi, card=till.card(alice, number, brand=brand))
        assert (status(payment), attempt(payment).status) == ("processing", "authenticating")
        assert counter.about(payment).mandated
        till.network.approves()
        counter.result(payment)
        counter.returns(payment, alice)
        assert says(payment) == ("captured", "authorized", True)
        assert [one.status for one in Authorization.objects.filter(payment=payment).order_by("id")] == [
            "declined",
            "authorized",
        ]
        assert Approval.objects.filter(payment=payment).count() == 1
        assert (till.network.claims(), till.findings()) == (1, [])

    def test_80_an_issuer_who_is_never_content_is_asked_once_more_and_no_more(self, till, counter, alice, komorebi):
        till.network.authentication = lambda _number, mandated: "C" if mandated else "Y"
        till.network.declines("1A")
        payment = till.buys(alice, komorebi)
        counter.result(payment)
        counter.returns(payment, alice)
        assert (status(payment), attempt(payment).decline_code) == ("requires_approval", "authentication_required")
        assert (counter.asked_issuer(), till.network.claims()) == (2, 0)

    def test_a_soft_decline_without_3ds_is_a_decline(self, till, settings, alice, komorebi):
        settings.THREE_DS = "off"
        till.network.declines("1A")
        payment = till.buys(alice, komorebi)
        assert (status(payment), attempt(payment).decline_code) == ("requires_approval", "authentication_required")


class TestProof:
    def test_our_passkeys_signature_goes_along(self, till, counter, alice, komorebi):
        payment = till.buys(alice, komorebi)
        kept = Approval.objects.get(payment=payment)
        asked = till.network.authentications[counter.about(payment).id]
        said = json.loads(asked["proof"].data)
        assert (said["approval"], asked["proof"].at) == (kept.id, kept.approved_at)
        assert len(asked["proof"].data.encode()) <= 2_048
        assert alice.user.email not in asked["proof"].data

    def test_a_longer_one_is_never_made(self):
        parts = {"public_key": b"k", "authenticator_data": b"a", "client_data": b"c", "signature": b"s" * 2_000}
        with pytest.raises(ValueError, match="2048"):
            proof_data(approval_id="apr", rp_id="localhost", origin="http://localhost", **parts)

    def test_the_browser_is_told_of_and_not_kept(self, till, counter, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        chrome = BrowserFacts(user_agent="Chrome", ip="203.0.113.7", screen_width=360)
        payments.approve_payment(
            payment_id=payment.id,
            customer_id=alice.customer.id,
            challenge_id=offer.challenge_id,
            assertion=till.signed(offer, alice),
            browser=chrome,
            by=alice.actor,
            now=till.now,
        )
        assert till.network.authentications[counter.about(payment).id]["browser"] == chrome
        assert "203.0.113.7" not in str(Authentication.objects.values())


class TestLiability:
    WORD = Word(brand="visa", status="Y", eci="05", has_value=True, prepaid=False, category="5814")

    @pytest.mark.parametrize(
        ("changes", "became", "claimed", "met", "reasons"),
        [
            ({}, "sent", True, True, []),
            ({}, "matched", True, True, []),
            ({}, None, True, False, ["not_authorized"]),
            ({}, "", True, False, ["value_not_sent"]),
            ({}, "refused", True, False, ["value_refused"]),
            ({"category": "6051"}, "sent", True, False, ["category"]),
            ({"prepaid": True}, "sent", True, False, ["prepaid"]),
            ({"eci": "07"}, "sent", False, False, ["eci"]),
            ({"has_value": False}, "", False, False, ["no_value"]),
            ({"brand": "mastercard"}, "sent", False, False, ["eci"]),
            ({"brand": "mastercard", "eci": "02"}, "sent", True, True, []),
            ({"status": "I", "eci": "07", "has_value": False}, "", False, False, ["status", "eci", "no_value"]),
        ],
    )
    def test_is_claimed_by_the_issuers_word_and_bound_to_conditions(self, changes, became, claimed, met, reasons):
        shift = shift_of(
            Word(**{name: getattr(self.WORD, name) for name in Word.__slots__} | changes), value_became=became
        )
        assert (shift.claimed, shift.conditions_met, shift.reasons) == (claimed, met, reasons)

    def test_an_excepted_kind_of_shop_keeps_it(self, till, alice, db):
        exchange = business("Coin Exchange", host="coins.example", category_code="6051")
        payment = till.buys(alice, exchange)
        kept = Authentication.objects.get(payment=payment)
        assert (kept.shift_claimed, kept.shift_conditions_met, kept.shift_reasons) == (True, False, ["category"])

    def test_a_value_that_the_issuer_does_not_know_again_moves_nothing(self, till, alice, komorebi):
        till.network.value_becomes = "refused"
        payment = till.buys(alice, komorebi)
        three_ds = attempt(payment).three_ds
        assert (three_ds["liability_shift_claimed"], three_ds["liability_shift_conditions_met"]) == (True, False)


class TestWhoDecides:
    def test_a_browser_that_returns_without_a_result_proves_nothing(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        for _again in range(3):
            assert counter.returns(payment, alice).status == "processing"
        assert counter.asked_issuer() == 0

    def test_a_result_that_only_the_safe_has_heard_is_found(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        reference = counter.about(payment).id
        till.network._hear_authentication(key=reference, message=till.network.result(reference), now=till.now)
        assert counter.returns(payment, alice).status == "captured"

    def test_nobody_waits_for_a_result_that_came_to_another_address(self, till, db):
        assert payments.hear_authentication(key="guessed", message="{}", now=till.now) == (
            False,
            '{"messageType": "Erro"}',
        )

    def test_a_result_said_twice_charges_once(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        counter.result(payment)
        counter.returns(payment, alice)
        counter.result(payment)
        counter.returns(payment, alice)
        till.until_quiet()
        assert (counter.asked_issuer(), till.network.claims(), till.findings()) == (1, 1, [])


class TestTurningBack:
    @pytest.fixture
    def waiting(self, till, alice, komorebi):
        till.network.authentication = "C"
        return till.buys(alice, komorebi)

    def test_leads_to_another_card(self, till, counter, waiting, alice):
        payments.leave_challenge(payment_id=waiting.id, by=alice.actor, now=till.now)
        assert (status(waiting), attempt(waiting).decline_code) == ("requires_approval", "authentication_canceled")
        counter.result(waiting)
        counter.returns(waiting, alice)
        assert (status(waiting), counter.asked_issuer()) == ("requires_approval", 0)

    def test_is_not_for_others(self, till, waiting, mallory):
        with pytest.raises(PaymentNotFound):
            payments.leave_challenge(payment_id=waiting.id, by=mallory.actor, now=till.now)

    def test_comes_too_late_when_the_issuer_has_agreed(self, till, counter, waiting, alice):
        counter.result(waiting)
        with pytest.raises(TransitionRefused):
            payments.leave_challenge(payment_id=waiting.id, by=alice.actor, now=till.now)

    def test_the_shop_may_cancel_meanwhile(self, till, counter, waiting, komorebi, alice):
        payments.cancel_payment(payment_id=waiting.id, by=komorebi.actor, now=till.now)
        counter.result(waiting)
        counter.returns(waiting, alice)
        assert (status(waiting), counter.asked_issuer(), till.findings()) == ("canceled", 0, [])

    def test_points_come_back(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi, points=500)
        assert points_of(alice.wallet.id, till.now).held.minor == 500
        payments.leave_challenge(payment_id=payment.id, by=alice.actor, now=till.now)
        assert points_of(alice.wallet.id, till.now).live.minor == 500

    def test_failing_again_and_again_ends_the_payment(self, till, counter, alice, komorebi):
        till.network.authentication = "N"
        payment = till.buys(alice, komorebi)
        for _try in range(MOST_ATTEMPTS - 1):
            payment = till.approve(payment, alice)
        assert status(payment) == "declined"


class TestWhatChangedMeanwhile:
    """Between the approval and the issuer's word time passes, and its customer may have pulled the brake."""

    @pytest.fixture
    def waiting(self, till, alice, komorebi):
        till.network.authentication = "C"
        return till.buys(alice, komorebi)

    def test_hours_are_those_of_the_approval_and_not_of_the_issuers_end(self, till, counter, alice, komorebi):
        allow(alice, hour_from=9, hour_to=13)
        till.network.authentication = "C"
        till.later(minutes=55)  # five minutes to one
        payment = till.buys(alice, komorebi)
        counter.result(payment)
        till.later(minutes=8)
        assert counter.returns(payment, alice).status == "captured"

    def test_a_frozen_wallet_asks_for_no_money(self, till, counter, waiting, alice):
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=till.now)
        counter.result(waiting)
        assert status(counter.returns(waiting, alice)) == "requires_approval"
        last = attempt(waiting)
        assert (last.status, last.decline_code, last.sent_at) == ("declined", "customer_rules", None)
        assert (counter.asked_issuer(), till.network.claims(), till.findings()) == (0, 0, [])

    def test_a_frozen_card_asks_for_no_money(self, till, counter, waiting, alice):
        accounts.freeze_card(card_id=waiting.card_id, reason="lost", by=alice.actor, now=till.now)
        counter.result(waiting)
        assert status(counter.returns(waiting, alice)) == "requires_approval"
        assert (attempt(waiting).decline_code, counter.asked_issuer()) == ("card_unusable", 0)
        assert counter.returns(waiting, alice).status == "requires_approval"


class Stop(Exception):
    """The process ends here."""


class TestCrashes:
    """A crash between any two steps is found by its row, and nothing is authorized twice."""

    def test_before_the_directory_is_asked(self, till, counter, alice, komorebi, monkeypatch):
        self.dies_at(monkeypatch, "_ask_directory")
        with pytest.raises(Stop):
            till.buys(alice, komorebi)
        payment = Authentication.objects.get().payment
        monkeypatch.undo()
        assert till.janitor() == 0  # perhaps somebody is asking just now
        till.now = lease_from(till.now)
        till.janitor()
        assert says(payment) == ("captured", "authorized", False)
        assert (counter.asked_issuer(), till.network.claims(), till.findings()) == (1, 1, [])

    def test_after_the_directory_answered(self, till, counter, alice, komorebi, monkeypatch):
        self.dies_at(monkeypatch, "_write")
        with pytest.raises(Stop):
            till.buys(alice, komorebi)
        monkeypatch.undo()
        till.now = lease_from(till.now)
        till.janitor()
        assert says(Authentication.objects.get().payment) == ("captured", "authorized", True)
        assert (counter.asked_issuer(), till.network.claims()) == (1, 1)

    def test_after_the_issuer_agreed(self, till, counter, alice, komorebi, monkeypatch):
        self.dies_at(monkeypatch, "_send")
        with pytest.raises(Stop):
            till.buys(alice, komorebi)
        monkeypatch.undo()
        assert till.janitor() == 1
        assert says(Authentication.objects.get().payment) == ("captured", "authorized", True)

    def test_when_the_authorization_was_about_to_be_asked_for(self, till, counter, alice, komorebi, monkeypatch):
        self.dies_at(monkeypatch, "ask_issuer")
        with pytest.raises(Stop):
            till.buys(alice, komorebi)
        monkeypatch.undo()
        payment = Authentication.objects.get().payment
        assert attempt(payment).status == "sent"
        till.until_quiet()
        assert (status(payment), till.network.claims(), till.findings()) == ("requires_approval", 0, [])

    def test_between_a_soft_decline_and_its_challenge(self, till, counter, settings, alice, komorebi, monkeypatch):
        settings.THREE_DS = "when_asked"
        till.network.authentication = "C"
        till.network.declines("1A")
        self.dies_at(monkeypatch, "_ask_directory")
        with pytest.raises(Stop):
            till.buys(alice, komorebi)
        monkeypatch.undo()
        payment = Authentication.objects.get().payment
        till.network.approves()
        till.now = lease_from(till.now)
        till.janitor()
        assert (status(payment), attempt(payment).decline_code) == ("requires_approval", "authentication_unavailable")
        assert (till.network.claims(), till.findings()) == (0, [])

    def test_while_the_safe_is_away_nothing_is_given_up(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        till.network.is_down()
        till.later(seconds=CHALLENGE_LIMIT.total_seconds())
        till.janitor()
        assert says(payment)[1] == "authenticating"
        till.network.approves()
        till.later(seconds=31)
        till.janitor()
        assert attempt(payment).status == "expired"

    def dies_at(self, monkeypatch, step):
        def stop(*_args, **_facts):
            raise Stop

        # The room's door has a verb of the same name, so the module is asked for by its path.
        monkeypatch.setattr(import_module("payments.services.continue_payment"), step, stop)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_many_hands_ask_the_issuer_once(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        counter.result(payment)
        together(*(lambda: counter.returns(payment, alice) for _hand in range(6)))
        assert (counter.asked_issuer(), status(payment), till.network.claims()) == (1, "captured", 1)

    def test_turning_back_and_the_result_race(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        together(
            lambda: counter.result(payment),
            lambda: payments.leave_challenge(payment_id=payment.id, by=alice.actor, now=till.now),
        )
        counter.returns(payment, alice)
        assert (status(payment), till.network.claims()) in {("captured", 1), ("requires_approval", 0)}
        assert till.findings() == []


class TestTelling:
    def test_the_timeline_tells_each_step(self, till, counter, alice, komorebi):
        till.network.authentication = "C"
        payment = till.buys(alice, komorebi)
        till.later(seconds=40)
        counter.result(payment)
        counter.returns(payment, alice)
        told = [item.happening for item in timeline_of(payment)]
        assert told == ["created", "approved", "asked_3ds", "challenged", "authenticated", "asked_issuer", "authorized",
                        "captured"]  # fmt: skip

    def test_the_card_check_says_it_in_plain_words(self, till, alice, komorebi):
        till.network.authentication = "N"
        kept = attempt(till.buys(alice, komorebi)).card_check
        with translation.override("en"):
            lines = {line.check.value: sentence(line) for line in read_json(kept)}
        assert lines["three_ds"] == "The card company did not confirm that it was you."
        assert lines["issuer"] == "The card company was not asked."
