"""The networks' rules on trying a declined card again, and what else this house looks at before it asks an issuer."""

from datetime import timedelta

import pytest

from accounts import services as accounts
from accounts.models import Card, PaymentPasskey
from common.actors import SYSTEM
from common.money import yen
from payments.card_check import Check, Outcome, read_json
from payments.errors import CardClosed, CardNotToBeTried, CardNotToBeTriedYet, TooManyDeclines
from payments.models import Authorization, Grant
from payments.queries import payment_snapshot
from payments.retries import EarlierNo, Wish, look_at_retries
from payments.services._checks import HOUR, MOST_NOES
from tests.cast import NOON
from tests.payments.till import attempt

MASTERCARD = "5555555555554444"


def line_of(payment, check):
    return next(line for line in read_json(attempt(payment).card_check) if line.check == check)


def looked_at(*noes, amount=1_000, brand="visa", initiator="customer", changed=None, now=NOON):
    earlier = [EarlierNo(now - ago, yen(of), code, advice) for ago, of, code, advice in noes]
    wish = Wish(amount=yen(amount), brand=brand, initiator=initiator, data_changed_at=changed)
    line = look_at_retries(earlier, wish, now=now)
    return line.facts["rule"] if line.has_failed else None


MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class TestTheNetworksRules:
    @pytest.mark.parametrize(
        ("no", "wanted"),
        [
            (("05", ""), None),
            (("51", ""), None),
            (("12", ""), "never"),
            (("57", ""), "never"),
            (("05", "03"), "never"),
            (("05", "41"), "never"),
            (("R0", ""), "never"),
            (("R3", ""), "stopped"),
            (("54", ""), "new_data"),
            (("N7", ""), "new_data"),
            (("05", "01"), "new_data"),
            (("51", "24"), "too_early"),
            (("51", "02"), None),
            (("51", "40"), None),
        ],
    )
    def test_after_one_no(self, no, wanted):
        assert looked_at((MINUTE, 1_000, *no)) == wanted

    @pytest.mark.parametrize("code", ["R1"])
    def test_a_stopped_series_stops_what_the_shop_asks_by_itself(self, code):
        assert looked_at((DAY, 900, code, ""), initiator="merchant") == "stopped"
        assert looked_at((DAY, 900, code, ""), initiator="customer") is None

    def test_advice_21_stops_the_series_too(self):
        assert looked_at((DAY, 900, "05", "21"), initiator="merchant") == "stopped"

    def test_another_amount_is_another_question_but_not_for_a_stopped_shop(self):
        assert looked_at((MINUTE, 999, "57", "")) is None
        assert looked_at((MINUTE, 999, "R3", "")) == "stopped"
        assert looked_at((MINUTE, 999, "54", "")) == "new_data"

    def test_new_data_lift_what_was_declined_for_old_ones(self):
        no = (MINUTE, 1_000, "54", "")
        assert looked_at(no, changed=NOON - 2 * MINUTE) == "new_data"
        assert looked_at(no, changed=NOON) is None

    @pytest.mark.parametrize(
        ("advice", "wait"),
        [
            ("24", timedelta(hours=1)),
            ("25", timedelta(hours=24)),
            ("26", timedelta(days=2)),
            ("27", timedelta(days=4)),
            ("28", timedelta(days=6)),
            ("29", timedelta(days=8)),
            ("30", timedelta(days=10)),
        ],
    )
    def test_the_issuers_wait_is_half_open(self, advice, wait):
        second = timedelta(seconds=1)
        assert looked_at((wait - second, 1_000, "51", advice), brand="mastercard") == "too_early"
        assert looked_at((wait, 1_000, "51", advice), brand="mastercard") is None

    @pytest.mark.parametrize("brand", ["visa", "jcb", "amex", "diners"])
    def test_fifteen_in_thirty_days(self, brand):
        noes = [(DAY * n, 1_000, "51", "") for n in range(1, 16)]
        assert looked_at(*noes[:14], brand=brand) is None
        assert looked_at(*noes, brand=brand) == "too_often"
        assert looked_at(*noes[:14], (DAY * 30, 1_000, "51", ""), brand=brand) is None

    def test_mastercard_counts_ten_a_day_and_thirty_five_a_month(self):
        day = [(MINUTE * n, 1_000, "51", "") for n in range(1, 11)]
        assert looked_at(*day[:9], brand="mastercard") is None
        assert looked_at(*day, brand="mastercard") == "too_often"
        month = [(DAY * 2 + timedelta(hours=6 * n), 1_000, "51", "") for n in range(35)]
        assert looked_at(*month[:34], brand="mastercard") is None
        assert looked_at(*month, brand="mastercard") == "too_often"

    def test_the_cap_says_when_the_oldest_has_grown_old(self):
        noes = [EarlierNo(NOON - DAY * n, yen(1_000), "51", "") for n in range(1, 17)]
        wish = Wish(amount=yen(1_000), brand="visa", initiator="customer", data_changed_at=None)
        line = look_at_retries(noes, wish, now=NOON)
        assert line.facts["not_before"] == "2026-12-07T03:00:00.000Z"  # the fifteenth newest, thirty days later


class TestACustomerWhoTriesAgain:
    def test_is_told_from_when_and_pays_then(self, till, alice, komorebi):
        card = till.card(alice, MASTERCARD, brand="mastercard")
        till.network.declines("51", advice_code="24")
        payment = till.buys(alice, komorebi, card=card, expires_in_seconds=7_200)
        assert payment_snapshot(payment)["latest_authorization"]["retry_after"] == "2026-11-22T04:00:00.000Z"
        till.network.approves()
        with pytest.raises(CardNotToBeTriedYet) as no:
            till.later(minutes=59).approve(payment, alice, card=card)
        assert "13:00" in str(no.value)
        assert till.later(minutes=1).approve(payment, alice, card=card).status == "captured"

    def test_can_always_take_another_card_or_shop(self, till, alice, komorebi, fly_by_night):
        till.network.declines("R3")
        payment = till.buys(alice, komorebi)
        till.network.approves()
        with pytest.raises(CardNotToBeTried):
            till.offer(payment, alice)
        assert till.buys(alice, fly_by_night).status == "captured"
        assert till.approve(payment, alice, card=till.card(alice, "4012888888881881")).status == "captured"

    def test_finds_a_card_closed_for_good_and_marked(self, till, alice, komorebi, fly_by_night):
        till.network.declines("46")
        till.buys(alice, komorebi)
        till.network.approves()
        assert till.card(alice).attention == "closed"
        with pytest.raises(CardClosed):
            till.buys(alice, fly_by_night)

    def test_may_come_back_with_newer_details(self, till, alice, komorebi):
        card = till.card(alice)
        till.network.declines("54")
        payment = till.buys(alice, komorebi)
        till.network.approves()
        assert Card.objects.get(pk=card.pk).attention == "new_data"
        with pytest.raises(CardNotToBeTried):
            till.offer(payment, alice)
        tokens = [card.card_token]
        accounts.renew_cards(card_tokens=tokens, exp_month=1, exp_year=2032, by=SYSTEM, now=till.later(minutes=1).now)
        assert Card.objects.get(pk=card.pk).attention == ""
        assert till.approve(payment, alice).status == "captured"

    def test_is_stopped_between_offer_and_approval_too(self, till, alice, komorebi):
        payment, other = till.asks(komorebi), till.asks(komorebi)
        offer = till.offer(payment, alice)
        till.network.declines("57")
        till.approve(other, alice)
        till.network.approves()
        with pytest.raises(CardNotToBeTried):
            till.approve(payment, alice, offer=offer)
        assert Authorization.objects.count() == 1

    def test_who_tries_out_cards_is_slowed_down(self, till, alice, komorebi):
        most, _span = MOST_NOES[0]
        till.network.declines("05")
        for number in range(most):
            till.buys(alice, komorebi, 1_000 + number)
        till.network.approves()
        with pytest.raises(TooManyDeclines) as no:
            till.buys(alice, komorebi, 5_000)
        assert no.value.retry_after_seconds == HOUR.total_seconds()
        assert till.later(hours=1).buys(alice, komorebi, 5_000).status == "captured"

    def test_questions_that_nobody_heard_count_nowhere(self, till, alice, komorebi):
        till.network.is_down()
        for _ in range(MOST_NOES[0][0] + 1):
            till.buys(alice, komorebi)
        till.network.approves()
        assert till.buys(alice, komorebi).status == "captured"


class TestTheKeptCardCheck:
    def test_says_what_was_checked_and_what_came_of_it(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        lines = {line.check: line.outcome for line in read_json(attempt(payment).card_check)}
        held = (Check.APPROVAL, Check.DEVICE, Check.CARD_STATE, Check.CARD_EXPIRY, Check.RETRIES, Check.VELOCITY)
        assert all(lines[check] == Outcome.PASSED for check in (*held, Check.ISSUER))
        assert lines[Check.CARD_VERIFICATION] == Outcome.UNKNOWN

    def test_knows_a_new_passkey_from_a_known_one(self, till, alice, komorebi):
        till.passkey(alice)
        PaymentPasskey.objects.update(created_at=NOON - timedelta(hours=72))
        assert "age" not in line_of(till.buys(alice, komorebi), Check.DEVICE).facts
        PaymentPasskey.objects.update(created_at=NOON - timedelta(hours=71))
        assert line_of(till.buys(alice, komorebi), Check.DEVICE).facts["age"] == "new"

    def test_names_a_code_that_did_not_match(self, till, alice, komorebi):
        Card.objects.filter(pk=till.card(alice).pk).update(verified_at=NOON, security_code="no_match")
        payment = till.buys(alice, komorebi)
        assert payment.status == "captured"
        assert line_of(payment, Check.CARD_VERIFICATION).has_failed
        told = payment_snapshot(payment)["latest_authorization"]["card_check"]
        assert {"check": "card_verification", "outcome": "failed", "security_code": "no_match"} in told

    def test_waits_with_the_issuer_and_ends_with_its_answer(self, till, alice, komorebi):
        till.network.falls_silent()
        payment = till.buys(alice, komorebi)
        assert line_of(payment, Check.ISSUER).outcome == Outcome.UNKNOWN
        till.network.approves()
        till.until_quiet()
        assert line_of(payment, Check.ISSUER).outcome == Outcome.PASSED

    def test_never_tells_the_shop_why_a_card_is_unusable(self, till, alice, komorebi):
        till.network.declines("43")
        told = payment_snapshot(till.buys(alice, komorebi))["latest_authorization"]
        assert told["decline_code"] == "card_unusable"
        assert {"check": "issuer", "outcome": "failed", "decline_code": "card_unusable"} in told["card_check"]
        assert "43" not in str(told["card_check"])


class TestAChargeWithoutTheCustomer:
    """Nobody is there to be told: the attempt is kept, declined and never sent."""

    def charged_after(self, till, alice, komorebi, code, *, advice_code=None, amount=900):
        grant = till.allows(alice, komorebi)
        till.network.declines(code, advice_code)
        till.charges_grant(grant, komorebi, 900)
        till.network.approves()
        if Grant.objects.get(pk=grant.pk).status != "active":
            grant = till.allows(alice, komorebi)
        return till.charges_grant(grant, komorebi, amount)

    def test_is_refused_where_the_issuer_said_never(self, till, alice, komorebi):
        payment = self.charged_after(till, alice, komorebi, "57")
        kept = attempt(payment)
        assert (payment.status, kept.status, kept.sent_at) == ("declined", "declined", None)
        assert (kept.decline_code, kept.decline_advice, kept.initiator) == ("retry_not_allowed", "never", "merchant")
        assert sum(verb == "authorize_card" for verb, _members in till.network.asked) == 1
        assert line_of(payment, Check.ISSUER).outcome == Outcome.NOT_CHECKED
        assert line_of(payment, Check.RETRIES).facts["rule"] == "never"
        assert till.findings() == []

    def test_is_told_when_it_may_come_back_and_is_taken_then(self, till, alice, komorebi):
        card = till.card(alice, MASTERCARD, brand="mastercard")
        grant = till.allows(alice, komorebi, card=card)
        till.network.declines("51", "24")
        first = till.charges_grant(grant, komorebi)
        till.network.approves()
        planned = attempt(first).retry_after
        early = till.later(minutes=30).charges_grant(grant, komorebi)
        assert (early.status, attempt(early).decline_code) == ("declined", "retry_not_allowed")
        assert attempt(early).retry_after == planned == NOON + timedelta(hours=1)
        till.now = planned
        assert till.charges_grant(grant, komorebi).status == "captured"

    @pytest.mark.parametrize(("code", "advice_code"), [("R1", None), ("R3", None), ("05", "21")])
    def test_is_stopped_with_its_series_even_under_a_new_permission(self, till, alice, komorebi, code, advice_code):
        payment = self.charged_after(till, alice, komorebi, code, advice_code=advice_code, amount=800)
        assert (payment.status, attempt(payment).decline_code) == ("declined", "stopped")

    def test_says_on_the_wire_who_began_it_and_what_it_continues(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        first = till.charges_grant(grant, komorebi)
        till.charges_grant(grant, komorebi)
        asked = [members for verb, members in till.network.asked if verb == "authorize_card"]
        assert [question["initiator"] for question in asked] == ["merchant", "merchant"]
        assert [question["series_ref"] for question in asked] == ["", attempt(first).network_reference]
