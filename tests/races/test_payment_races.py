"""Many hands at once on one payment: threads with connections of their own, on the real books."""

from functools import partial

import pytest

from common.ids import new_id
from common.states import TransitionRefused
from events.models import Event
from payments import services as payments
from payments.errors import ApprovalRefused, ChallengeNotOpen, NothingToRefund, PaymentExpired, ReferenceUsed
from payments.models import Advice, Authorization, Capture, Payment, Refund
from points.errors import NotEnoughPoints
from tests.conftest import together
from tests.payments.till import attempt, status

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_wrong_afterwards(till):
    yield
    till.until_quiet(most_days=10)
    assert till.findings() == []
    assert not Advice.objects.filter(status="due").exists()


def test_one_challenge_answered_twice_is_one_authorization(till, alice, komorebi):
    payment = till.asks(komorebi)
    offer = till.offer(payment, alice)
    answers = together(*[partial(till.approve, payment, alice, offer=offer)] * 4)
    assert sum(isinstance(answer, Payment) for answer in answers) == 1
    assert all(isinstance(no, Payment | ApprovalRefused | TransitionRefused) for no in answers)
    assert (Authorization.objects.count(), till.network.claims()) == (1, 1)


def test_two_customers_on_one_payment_are_one_authorization(till, alice, bob, komorebi):
    payment = till.asks(komorebi)
    people = [alice, bob]
    for person in people:
        till.passkey(person), till.card(person)
    answers = together(*[partial(till.approve, payment, person) for person in people])
    assert sum(isinstance(answer, Payment) for answer in answers) == 1, answers
    assert Authorization.objects.count() == 1


def test_while_one_is_unknown_nobody_gets_a_second_authorization(till, alice, bob, komorebi):
    till.network.falls_silent()
    payment = till.asks(komorebi)
    kept = [till.offer(payment, alice)]
    till.approve(payment, alice, offer=kept[0])
    for person in (alice, bob):
        till.card(person, "4012888888881881"), till.passkey(person)
    others = [partial(till.approve, payment, person) for person in (alice, bob, alice)]
    janitors = [partial(payments.resolve_unknown, authorization_id=attempt(payment).id, now=till.now)]
    answers = together(*others, partial(till.approve, payment, alice, offer=kept[0]), *janitors)
    assert not [answer for answer in answers[:4] if isinstance(answer, Payment)]
    assert (status(payment), Authorization.objects.count()) == ("processing", 1)
    assert sum(verb == "authorize_card" for verb, _members in till.network.asked) == 1
    till.network.approves()


def test_approve_and_cancel(till, alice, komorebi):
    payment = till.asks(komorebi)
    offer = till.offer(payment, alice)
    cancel = partial(payments.cancel_payment, payment_id=payment.id, by=komorebi.actor, now=till.now)
    approved, canceled = together(partial(till.approve, payment, alice, offer=offer), cancel)
    if isinstance(approved, Payment):
        # A cancel may still have come after the promise; with an automatic capture there is no such moment.
        assert isinstance(canceled, TransitionRefused)
        assert status(payment) == "captured"
    else:
        assert isinstance(canceled, Payment)
        assert (status(payment), Authorization.objects.count()) == ("canceled", 0)


def test_approve_and_expire(till, alice, komorebi):
    payment = till.asks(komorebi)
    offer = till.offer(payment, alice)
    expire = partial(payments.expire_payments, now=payment.expires_at)
    approved, expired = together(partial(till.approve, payment, alice, offer=offer), expire)
    assert isinstance(approved, Payment) != bool(expired), (approved, expired)
    assert isinstance(approved, Payment | PaymentExpired | TransitionRefused | ChallengeNotOpen)
    assert status(payment) == ("captured" if isinstance(approved, Payment) else "expired")


def test_capture_and_cancel(till, alice, komorebi):
    payment = till.buys(alice, komorebi, capture_method="manual")
    hands = [
        partial(payments.capture_payment, capture_id=new_id("cap")),
        payments.cancel_payment,
        partial(payments.capture_payment, capture_id=new_id("cap")),
        payments.cancel_payment,
    ]
    answers = together(*[partial(hand, payment_id=payment.id, by=komorebi.actor, now=till.now) for hand in hands])
    assert sum(isinstance(answer, Payment | Capture) for answer in answers) == 1, answers
    captured = Capture.objects.count()
    assert status(payment) == ("captured" if captured else "canceled")
    till.until_quiet(most_days=10)
    assert till.network.claims() == captured


def test_capture_and_expire(till, alice, komorebi):
    payment = till.buys(alice, komorebi, capture_method="manual")
    capture = partial(
        payments.capture_payment, payment_id=payment.id, capture_id=new_id("cap"), by=komorebi.actor, now=till.now
    )
    captured, expired = together(capture, partial(payments.expire_payments, now=payment.capture_before))
    assert isinstance(captured, Capture) != bool(expired), (captured, expired)


def test_the_same_capture_asked_for_at_once_is_one(till, alice, komorebi):
    payment = till.buys(alice, komorebi, capture_method="manual")
    capture = partial(
        payments.capture_payment, payment_id=payment.id, capture_id=new_id("cap"), by=komorebi.actor, now=till.now
    )
    answers = together(*[capture] * 4)
    assert {answer.id for answer in answers} == {Capture.objects.get().id}


def test_two_refunds_of_one_payment(till, alice, komorebi):
    payment = till.buys(alice, komorebi)
    till.relay()
    answers = together(*[partial(till.refunds, payment)] * 3)
    assert sum(isinstance(answer, Refund) for answer in answers) == 1
    assert sum(isinstance(answer, NothingToRefund) for answer in answers) == 2
    assert [verb for verb, _ in till.network.asked].count("refund_card") == 1


def test_the_same_refund_asked_for_at_once_is_one(till, alice, komorebi):
    payment = till.buys(alice, komorebi)
    till.relay()
    answers = together(*[partial(till.refunds, payment, refund_id=new_id("ref"))] * 3)
    assert {answer.id for answer in answers if isinstance(answer, Refund)} == {Refund.objects.get().id}
    assert [verb for verb, _ in till.network.asked].count("refund_card") == 1


def test_a_refund_and_the_relay_tell_the_capture_once(till, alice, komorebi):
    payment = till.buys(alice, komorebi)
    together(partial(till.refunds, payment), partial(payments.send_advices, till.now))
    till.until_quiet(most_days=10)
    assert Refund.objects.get().status == "succeeded"


def test_the_same_payment_asked_for_at_once_is_one(till, komorebi):
    ask = partial(till.asks, komorebi, payment_id=new_id("pay"), merchant_reference="order-1")
    answers = together(*[ask] * 4)
    assert {answer.id for answer in answers} == {Payment.objects.get().id}
    assert Event.objects.filter(type="payment.created").count() == 1


def test_one_reference_asked_for_at_once_under_many_ids_is_one(till, komorebi):
    answers = together(*[partial(till.asks, komorebi, merchant_reference="order-1")] * 4)
    assert sum(isinstance(answer, Payment) for answer in answers) == 1
    assert sum(isinstance(answer, ReferenceUsed) for answer in answers) == 3


def test_the_same_points_cannot_pay_twice(till, alice, komorebi):
    till.gives_points(alice, komorebi, 500)
    asked = [till.asks(komorebi) for _ in range(3)]
    offers = [till.offer(payment, alice, points=500) for payment in asked]
    till.passkey(alice).counter = 0
    hands = [partial(till.approve, payment, alice, offer=offer) for payment, offer in zip(asked, offers, strict=True)]
    answers = together(*hands)
    assert sum(isinstance(answer, Payment) for answer in answers) == 1, answers
    assert sum(isinstance(answer, NotEnoughPoints) for answer in answers) == 2


def test_janitors_and_the_slow_answer_make_one_outcome(till, alice, komorebi):
    till.network.falls_silent()
    payment = till.buys(alice, komorebi)
    till.network.approves()
    till.later(seconds=5)
    resolve = partial(payments.resolve_unknown, authorization_id=attempt(payment).id, now=till.now)
    together(*[resolve] * 4)
    assert (status(payment), Capture.objects.count()) == ("captured", 1)


def test_several_relays_share_the_advices(till, alice, bob, komorebi):
    bought = [till.buys(person, komorebi) for person in (alice, bob, alice, bob)]
    sent = together(*[partial(payments.send_advices, till.now)] * 3)
    assert sum(sent) == len(bought)
    assert [verb for verb, _ in till.network.asked].count("send_capture") == len(bought)
