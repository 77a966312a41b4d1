"""The two statements of an approval write the very rows that the plain verb writes, and whatever is not ordinary goes
the plain way. The books are real; only the card network and the directory are played.
"""

from dataclasses import replace
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from accounts import services as accounts
from accounts.models import Card, PaymentPasskey
from accounts.queries import rules_of
from ledger.services.open_accounts import forget_accounts
from merchants.models import Merchant
from payments import services as payments
from payments.errors import ApprovalRefused, CardFrozen, ChallengeNotOpen, MerchantNotOpen
from payments.models import Approval, Authorization, Challenge, Payment
from tests.conftest import together
from tests.payments.test_charge_at_once import rows, what_is_new

pytestmark = pytest.mark.django_db(transaction=True)

verb = import_module("payments.services.approve_payment")
room = import_module("payments.services._approve_at_once")


@pytest.fixture
def without_a_directory(settings):
    settings.THREE_DS = "when_asked"


@pytest.fixture
def ways(monkeypatch):
    """Which way each approval went."""
    gone = []
    at_once = verb.approve_at_once

    def watched(*words, **facts):
        attempt = at_once(*words, **facts)
        gone.append("at once" if attempt else "plainly")
        return attempt

    monkeypatch.setattr(verb, "approve_at_once", watched)
    return gone


@pytest.fixture
def plainly(monkeypatch, till, alice, komorebi):
    def buys(**facts):
        with monkeypatch.context() as here:
            here.setattr(verb, "approve_at_once", lambda *_words, **_facts: None)
            return till.buys(alice, komorebi, **facts)

    return buys


NEVER_THE_SAME = {
    *("nonce", "digest", "details", "client_data", "authenticator_data", "signature", "sign_count"),
    *("server_trans_id", "ds_trans_id", "acs_trans_id"),
}
"""What a passkey signed, and what it was asked to sign; and the names that a directory gives."""


def what_is_told(before):
    return {
        table: [{name: value for name, value in row.items() if name not in NEVER_THE_SAME} for row in new]
        for table, new in what_is_new(before).items()
    }


def brings(till, person, payment, offer, assertion):
    return payments.approve_payment(
        payment_id=payment.id,
        customer_id=person.customer.id,
        challenge_id=offer.challenge_id,
        assertion=assertion,
        by=person.actor,
        now=till.now,
    )


class TestTheSameRows:
    ORDERS = st.fixed_dictionaries(
        {
            "amount": st.integers(50, 500_000),
            "description": st.sampled_from(["", "Glasses", "眼鏡"]),
            "capture_method": st.sampled_from(["automatic", "manual"]),
            "metadata": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", "ü", '"'])),
        }
    )

    @rules(
        max_examples=8,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(order=ORDERS, three_ds=st.sampled_from(["always", "when_asked", "off"]))
    def test_are_written_either_way(self, till, alice, komorebi, plainly, ways, settings, order, three_ds):
        settings.THREE_DS = three_ds
        plainly()  # the accounts of the books are open
        ways.clear()
        before, used = rows(), PaymentPasskey.objects.values("sign_count", "last_used_at").get()
        plain = plainly(**order)
        told = what_is_told(before)
        PaymentPasskey.objects.update(**used)
        before = rows()
        forget_accounts()
        bought = till.buys(alice, komorebi, **order)
        assert bought.status == plain.status
        assert ways == ["at once"]
        assert what_is_told(before) == told

    def test_are_two_statements_after_three_looks_and_a_count(
        self, till, alice, komorebi, plainly, without_a_directory
    ):
        plainly()
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        answer = till.signed(offer, alice)
        with CaptureQueriesContext(connection) as asked:
            assert brings(till, alice, payment, offer, answer).status == "captured"
        assert len(asked) == 6, [one["sql"] for one in asked]


@pytest.mark.usefixtures("without_a_directory")
class TestWhatIsNotOrdinary:
    def test_is_a_payment_with_points(self, till, alice, komorebi, ways):
        till.gives_points(alice, komorebi, 500)
        assert till.buys(alice, komorebi, points=500).status == "captured"
        assert ways == ["plainly"]

    def test_is_a_customer_with_rules(self, till, alice, komorebi, ways):
        wanted = replace(rules_of(alice.wallet.id).rules, ask_me_always=True)
        accounts.change_rules(wallet_id=alice.wallet.id, wanted=wanted, proved=True, by=alice.actor, now=till.now)
        assert till.buys(alice, komorebi).status == "captured"
        assert ways == ["plainly"]

    def test_is_a_card_that_was_declined_before(self, till, alice, komorebi, ways):
        till.network.declines("51")
        payment = till.buys(alice, komorebi)
        assert payment.status == "requires_approval"
        till.network.approves()
        till.later(minutes=2)
        till.approve(Payment.objects.get(pk=payment.pk), alice)
        assert ways == ["at once", "plainly"]

    @pytest.mark.parametrize(
        ("what", "refusal"),
        [
            (lambda: Card.objects.update(status="frozen"), CardFrozen),
            (lambda: Merchant.objects.update(status="suspended"), MerchantNotOpen),
            (lambda: PaymentPasskey.objects.update(sign_count=9_999), ApprovalRefused),
            (lambda: Challenge.objects.update(voided_at="2026-11-22T00:00:00Z"), ChallengeNotOpen),
        ],
        ids=["brake", "shop", "counter", "challenge"],
    )
    def test_is_what_changes_in_between(self, till, alice, komorebi, ways, monkeypatch, what, refusal):
        document = room.line_of_use

        def meanwhile(*words):
            what()
            return document(*words)

        with monkeypatch.context() as here:
            here.setattr(room, "line_of_use", meanwhile)
            with pytest.raises(refusal):
                till.buys(alice, komorebi)
        assert ways == ["plainly"]
        assert not Authorization.objects.exists()
        assert not Approval.objects.exists()
        assert Payment.objects.get().status == "requires_approval"

    def test_is_an_issuer_that_says_no(self, till, alice, komorebi, ways):
        till.network.declines("51")
        assert till.buys(alice, komorebi).status == "requires_approval"
        assert ways == ["at once"]
        assert till.findings() == []

    def test_is_silence(self, till, alice, komorebi):
        till.network.falls_silent()
        assert till.buys(alice, komorebi).status == "processing"
        assert till.findings() == []


@pytest.mark.usefixtures("without_a_directory")
def test_one_answer_brought_by_six_hands_is_one_approval(till, alice, komorebi):
    till.buys(alice, komorebi)
    payment = till.asks(komorebi)
    offer = till.offer(payment, alice)
    answer = till.signed(offer, alice)
    together(*[lambda: brings(till, alice, payment, offer, answer)] * 6)
    assert Approval.objects.count() == Authorization.objects.count() == 2
    assert till.findings() == []
