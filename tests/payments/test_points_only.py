"""Points pay all of it: nobody is asked, and the network never hears of the payment."""

from functools import partial

import pytest

from accounts import services as accounts
from common.money import pts, yen
from common.states import TransitionRefused
from events.models import AuditRecord, Event
from merchants import services as merchants
from payments import services as payments
from payments.errors import CardPartTooSmall, ChallengeNotOpen, MerchantNotOpen, PointsNeedProof, StoppedByRule
from payments.models import Advice, Approval, Authorization, Capture, Challenge, Payment, Receipt
from payments.queries import (
    card_check_of,
    payment_of_customer,
    payment_snapshot,
    published_keys,
    reverify_approval,
    timeline_of,
)
from payments.receipts import verify_receipt
from payments.types import Happening
from points.errors import NotEnoughPoints
from points.queries import points_of
from tests.conftest import together
from tests.payments.till import attempt, status


@pytest.fixture
def rich(till, alice, komorebi):
    """Alice has 5,000 live points that Komorebi funds, a payment passkey, and no card."""
    till.gives_points(alice, komorebi, 5_000)
    till.passkey(alice)
    return alice


def offer(till, payment, person, count, **facts):
    return payments.offer_approval(
        payment_id=payment.id, customer_id=person.customer.id, points=pts(count), **{"now": till.now, **facts}
    )


def pays(till, person, shop, count, **facts) -> Payment:
    """A payment of which points pay everything, by somebody who names no card."""
    payment = till.asks(shop, count, **facts)
    return till.approve(payment, person, offer=offer(till, payment, person, count))


def points(till, person):
    view = points_of(person.wallet.id, till.now)
    return view.live.minor, view.held.minor


class TestPointsOnly:
    def test_pay_the_shop_without_a_card_and_without_the_network(self, till, rich, komorebi, fly_by_night):
        till.gives_points(rich, fly_by_night, 1_000)
        before = till.balances(komorebi, fly_by_night)
        payment = pays(till, rich, fly_by_night, 6_000)
        after = till.balances(komorebi, fly_by_night)
        assert (payment.status, payment.card_id, payment.card_last4, payment.points_minor) == (
            "captured",
            "",
            "",
            6_000,
        )
        assert after[fly_by_night.id, "merchant_payable"] - before[fly_by_night.id, "merchant_payable"] == 6_000 - 195
        assert before[komorebi.id, "points_reserve"] - after[komorebi.id, "points_reserve"] == 5_000
        assert points(till, rich) == (0, 0)
        till.until_quiet()
        assert (till.network.book, till.charges(), Advice.objects.count()) == ({}, [], 0)
        assert till.findings() == []

    def test_earn_nothing(self, till, rich, komorebi):
        pays(till, rich, komorebi, 5_000)
        till.until_quiet()
        assert points_of(rich.wallet.id, till.now).pending == pts(0)

    def test_are_told_as_every_payment_is_but_nothing_is_being_confirmed(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000)
        told = list(Event.objects.filter(subject=payment.id).order_by("id").values_list("type", flat=True))
        assert told == ["payment.created", "payment.authorized", "payment.captured"]
        verbs = payment.changes.order_by("version").values_list("verb", flat=True)
        assert list(verbs) == ["create", "approve", "authorize", "capture"]
        [line] = AuditRecord.objects.filter(action="payment.approved", subject=payment.id)
        assert (line.data["card"], line.data["amount"]) == ("", 5_000)
        facts = Event.objects.get(type="payment.captured").facts
        assert (facts["base_minor"], facts["points_minor"]) == (0, 5_000)

    def test_are_signed_like_every_payment(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000)
        kept = Approval.objects.get(payment=payment)
        challenge = Challenge.objects.get(payment=payment)
        assert (challenge.details["card"], challenge.details["points"]) == ("", "5000")
        assert reverify_approval(kept.id)

    def test_are_signed_by_the_plain_passkey_where_a_browser_would_show_a_card(self, till, rich, komorebi):
        offered = offer(till, till.asks(komorebi, 5_000), rich, 5_000, kind="payment.get")
        assert (offered.kind, offered.spc) == ("webauthn.get", None)

    def test_leave_a_card_that_was_named_aside(self, till, rich, komorebi):
        payment = till.asks(komorebi, 5_000)
        frozen = till.card(rich)
        accounts.freeze_card(card_id=frozen.id, reason="precaution", by=rich.actor, now=till.now)
        till.approve(payment, rich, offer=offer(till, payment, rich, 5_000, card_id=frozen.id))
        assert Payment.objects.get().card_id == ""

    def test_what_the_shop_sees(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000)
        seen = payment_snapshot(payment_of_customer(rich.customer.id, payment.id))
        assert (seen["card"], seen["points_redeemed"], seen["amount_captured"]) == (None, 5_000, 5_000)
        assert (seen["latest_authorization"]["status"], seen["latest_authorization"]["network_reference"]) == (
            "authorized",
            None,
        )
        assert {"check": "points", "outcome": "passed"} in seen["latest_authorization"]["card_check"]
        assert {"check": "issuer", "outcome": "not_checked"} in seen["latest_authorization"]["card_check"]

    def test_what_the_customer_sees(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000)
        story = [item.happening for item in timeline_of(payment)]
        assert story == [Happening.CREATED, Happening.APPROVED, Happening.POINTS_SET_ASIDE, Happening.CAPTURED]
        checks = [line.check.value for line in card_check_of(payment)]
        assert checks == ["approval", "rules", "device", "points", "issuer"]

    def test_have_a_receipt_that_names_no_card(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000)
        till.until_quiet()
        said = verify_receipt(Receipt.objects.get(payment_id=payment.id).jws, published_keys())
        assert (said["card"], said["amount"], said["points"], said["card_amount"]) == (None, 5_000, 5_000, 0)

    @pytest.mark.parametrize("when", ["always", "when_asked"])
    def test_are_no_matter_for_3_d_secure(self, till, rich, komorebi, settings, when):
        settings.THREE_DS = when
        assert pays(till, rich, komorebi, 5_000).status == "captured"

    def test_can_be_chosen_after_a_card_was_declined(self, till, rich, komorebi):
        till.network.declines("51")
        payment = till.buys(rich, komorebi, 5_000)
        assert (payment.status, payment.card_last4) == ("requires_approval", "4242")
        till.approve(payment, rich, offer=offer(till, payment, rich, 5_000))
        now = Payment.objects.get()
        assert (now.status, now.card_id, now.card_brand, now.card_last4) == ("captured", "", "", "")
        assert till.findings() == []


class TestTheRestIsAsEver:
    def test_captured_in_parts_and_the_rest_released(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000, capture_method="manual")
        assert (payment.status, payment.capturable, points(till, rich)) == ("authorized", yen(5_000), (0, 5_000))
        till.captures(payment, 1_999)
        assert points(till, rich) == (0, 3_001)
        till.captures(payment, 1_000, final=True)
        now = Payment.objects.get()
        assert (now.status, now.amount_captured_minor, now.points_minor) == ("partially_captured", 2_999, 2_999)
        assert points(till, rich) == (2_001, 0)
        till.until_quiet()
        assert (till.charges(), till.findings()) == ([], [])

    @pytest.mark.parametrize("captured", [0, 1_200])
    def test_canceled(self, till, rich, komorebi, captured):
        payment = pays(till, rich, komorebi, 5_000, capture_method="manual")
        if captured:
            till.captures(payment, captured)
        payments.cancel_payment(payment_id=payment.id, by=rich.actor, now=till.now)
        assert points(till, rich) == (5_000 - captured, 0)
        till.until_quiet()
        assert (till.charges(), till.findings()) == ([], [])
        if not captured:
            assert (status(payment), attempt(payment).status) == ("canceled", "voided")

    def test_expired(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000, capture_method="manual")
        till.later(days=7)
        assert payments.expire_payments(now=till.now) == 1
        assert (status(payment), attempt(payment).status) == ("expired", "expired")
        assert points(till, rich) == (5_000, 0)
        till.until_quiet()
        assert (till.charges(), till.findings()) == ([], [])

    def test_refunded_in_parts_until_nothing_of_the_purchase_is_left(self, till, rich, komorebi, fly_by_night):
        before = till.balances(komorebi, fly_by_night, wallets=[rich])
        payment = pays(till, rich, fly_by_night, 5_000)
        for amount in (1, 1_666, 333):
            assert till.refunds(payment, amount=yen(amount)).status == "succeeded"
        assert points(till, rich) == (2_000, 0)
        assert till.refunds(payment).status == "succeeded"
        till.until_quiet()
        assert till.balances(komorebi, fly_by_night, wallets=[rich]) == before
        assert (till.charges(), till.findings()) == ([], [])

    def test_a_capture_of_a_part_is_refunded_too(self, till, rich, komorebi):
        payment = pays(till, rich, komorebi, 5_000, capture_method="manual")
        till.captures(payment, 2_000)
        assert till.refunds(payment).points_minor == 2_000
        assert points(till, rich) == (2_000, 3_000)
        assert till.findings() == []


class TestNo:
    @pytest.mark.parametrize("count", [4_951, 4_999])
    def test_to_a_card_part_that_no_card_takes(self, till, rich, komorebi, count):
        with pytest.raises(CardPartTooSmall):
            offer(till, till.asks(komorebi, 5_000), rich, count, card_id=till.card(rich).id)

    def test_to_more_points_than_there_are(self, till, rich, komorebi):
        with pytest.raises(NotEnoughPoints):
            offer(till, till.asks(komorebi, 5_001), rich, 5_001)

    def test_from_the_customers_own_rules(self, till, rich, komorebi):
        payment = till.asks(komorebi, 5_000)
        offered = offer(till, payment, rich, 5_000)
        accounts.freeze_wallet(wallet_id=rich.wallet.id, by=rich.actor, now=till.now)
        with pytest.raises(StoppedByRule):
            till.approve(payment, rich, offer=offered)
        assert (status(payment), points(till, rich)) == ("requires_approval", (5_000, 0))
        with pytest.raises(StoppedByRule):
            offer(till, payment, rich, 5_000)

    def test_to_a_shop_that_is_suspended(self, till, rich, komorebi):
        payment = till.asks(komorebi, 5_000)
        offered = offer(till, payment, rich, 5_000)
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="under review", by=rich.actor, now=till.now)
        with pytest.raises(MerchantNotOpen):
            till.approve(payment, rich, offer=offered)

    def test_twice(self, till, rich, komorebi):
        payment = till.asks(komorebi, 2_000)
        offered = offer(till, payment, rich, 2_000)
        till.approve(payment, rich, offer=offered)
        with pytest.raises(TransitionRefused):
            till.approve(payment, rich, offer=offered)
        assert (Capture.objects.count(), points(till, rich)) == (1, (3_000, 0))

    def test_with_a_forged_signature(self, till, rich, mallory, komorebi):
        payment = till.asks(komorebi, 2_000)
        offered = offer(till, payment, rich, 2_000)
        with pytest.raises(ChallengeNotOpen):
            payments.approve_payment(
                payment_id=payment.id,
                customer_id=mallory.customer.id,
                challenge_id=offered.challenge_id,
                assertion=till.signed(offered, rich),
                by=mallory.actor,
                now=till.now,
            )
        assert points(till, rich) == (5_000, 0)


class TestManyPointsAtOnce:
    def test_want_somebody_who_has_just_proved_who_they_are(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 12_000)
        till.passkey(alice)
        payment, card = till.asks(komorebi, 12_800), till.card(alice).id
        ask = partial(offer, till, payment, alice, card_id=card)
        assert ask(10_000).challenge_id
        with pytest.raises(PointsNeedProof):
            ask(10_001)
        till.approve(payment, alice, offer=ask(10_001, proved=True))
        assert Payment.objects.get().points_minor == 10_001


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    @pytest.mark.parametrize("card", [True, False])
    def test_that_want_the_same_points_one_pays_and_the_other_loses_nothing(self, till, rich, komorebi, card):
        """With a card for the rest, or with points alone."""
        if not card:
            asked = [till.asks(komorebi, 4_000) for _ in range(2)]
        else:
            asked = [till.asks(komorebi, 9_000) for _ in range(2)]
        facts = {"card_id": till.card(rich).id} if card else {}
        offered = [offer(till, payment, rich, 4_000, **facts) for payment in asked]
        signed = [till.signed(one, rich) for one in offered]
        answers = together(
            *[
                partial(
                    payments.approve_payment,
                    payment_id=payment.id,
                    customer_id=rich.customer.id,
                    challenge_id=one.challenge_id,
                    assertion=assertion,
                    by=rich.actor,
                    now=till.now,
                )
                for payment, one, assertion in zip(asked, offered, signed, strict=True)
            ]
        )
        [no] = [answer for answer in answers if isinstance(answer, NotEnoughPoints)]
        assert "1,000" in str(no)
        assert sorted(status(payment) for payment in asked) == ["captured", "requires_approval"]
        assert points(till, rich) == (1_000, 0)
        [other] = [payment for payment in asked if status(payment) == "requires_approval"]
        assert not Authorization.objects.filter(payment=other).exists()
        assert Payment.objects.get(pk=other.id).customer_id == ""
        till.until_quiet()
        assert till.findings() == []
