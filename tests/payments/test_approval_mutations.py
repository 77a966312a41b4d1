"""Every member of what was signed, changed one at a time, is refused: on the way in, and in the row behind it."""

import json

import pytest
from django.db import connection

from common.ids import new_id
from payments import services as payments
from payments.details import ApprovalDetails
from payments.errors import ApprovalRefused, CardNotUsable, PaymentNotFound
from payments.models import Authorization, Challenge, Payment
from tests.accounts.authenticator import ORIGIN, b64u, client_data
from tests.payments.till import spc_members, status

MEMBERS = list(ApprovalDetails.__dataclass_fields__)


@pytest.fixture
def offered(till, alice, komorebi):
    payment = till.asks(komorebi)
    return payment, till.offer(payment, alice)


def answer(till, alice, payment, offer, assertion):
    return payments.approve_payment(
        payment_id=payment.id,
        customer_id=alice.customer.id,
        challenge_id=offer.challenge_id,
        assertion=assertion,
        by=alice.actor,
        now=till.now,
    )


def nothing_happened(payment):
    return status(payment) == "requires_approval" and not Authorization.objects.exists()


@pytest.mark.parametrize("member", MEMBERS)
def test_a_changed_member_of_the_kept_details_is_refused(till, alice, offered, member):
    """Somebody who can write to the challenge's row still cannot make the signature fit other details."""
    payment, offer = offered
    signed = till.signed(offer, alice)
    challenge = Challenge.objects.get(pk=offer.challenge_id)
    changed = {**challenge.details, member: challenge.details[member] + "0"}
    Challenge.objects.filter(pk=challenge.pk).update(details=changed)
    with pytest.raises(ApprovalRefused):
        answer(till, alice, payment, offer, signed)
    assert nothing_happened(payment)


# fmt: off
ROWS = {
    "amount":        ("payments_payment", "amount_minor = amount_minor + 1"),
    "currency":      ("payments_payment", "currency = 'USD'"),
    "items":         ("payments_payment", "items = '[]'"),
    "return origin": ("payments_payment", "return_url = 'https://evil.example/thanks'"),
    "payee name":    ("merchants_shop", "display_name = 'Somebody else'"),
    "payee origin":  ("merchants_shop", "origin = 'https://evil.example'"),
    "points":        ("payments_challenge", "points_minor = 1"),
    "expiry":        ("payments_challenge", "expires_at = expires_at + interval '1 day'"),
    "nonce":         ("payments_challenge", "nonce = sha256('x')"),
    "digest":        ("payments_challenge", "digest = sha256('x')"),
    "kind":          ("payments_challenge", "kind = 'payment.get'"),
}
# fmt: on


@pytest.mark.parametrize(("table", "change"), ROWS.values(), ids=ROWS)
def test_a_row_changed_after_the_offer_voids_the_signature(till, alice, offered, table, change):
    payment, offer = offered
    signed = till.signed(offer, alice)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")  # noqa: S608 (the table above)
    with pytest.raises((ApprovalRefused, ValueError)):
        answer(till, alice, payment, offer, signed)
    assert nothing_happened(payment)


def test_another_card_in_the_challenge_is_refused(till, alice, offered):
    payment, offer = offered
    signed = till.signed(offer, alice)
    Challenge.objects.update(card_id=till.card(alice, "4000056655665556").id)
    with pytest.raises((ApprovalRefused, CardNotUsable)):
        answer(till, alice, payment, offer, signed)
    assert nothing_happened(payment)


def test_another_payments_challenge_is_refused(till, alice, komorebi, offered):
    payment, offer = offered
    other = till.asks(komorebi)
    with pytest.raises(ApprovalRefused):
        answer(till, alice, other, offer, till.signed(offer, alice))
    assert nothing_happened(payment)


def test_another_customer_in_the_challenge_is_refused(till, alice, mallory, offered):
    payment, offer = offered
    signed = till.signed(offer, alice)
    Challenge.objects.update(customer_id=mallory.customer.id)
    with pytest.raises((ApprovalRefused, PaymentNotFound)):
        answer(till, alice, payment, offer, signed)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"kind": "payment.get"},
        {"kind": "webauthn.create"},
        {"members": {"crossOrigin": True}},
        {"members": {"topOrigin": "https://evil.example"}},
        {"members": {"payment": {"total": {"currency": "JPY", "value": "1"}}}},
        {"flags": 0x01},
        {"flags": 0x04},
        {"rp_id": "evil.example"},
    ],
)
def test_a_changed_ceremony_is_refused(till, alice, offered, changes):
    payment, offer = offered
    with pytest.raises(ApprovalRefused):
        answer(till, alice, payment, offer, till.signed(offer, alice, **changes))
    assert nothing_happened(payment)


def test_a_challenge_of_ones_own_making_is_refused(till, alice, offered):
    payment, offer = offered
    said = client_data("webauthn.get", bytes(32), origin=ORIGIN)
    with pytest.raises(ApprovalRefused):
        answer(till, alice, payment, offer, till.passkey(alice).get(bytes(32), said=said))
    assert nothing_happened(payment)


def test_a_counter_that_goes_back_is_refused(till, alice, komorebi):
    till.passkey(alice).counter = 5
    till.buys(alice, komorebi)
    till.passkey(alice).counter = 5
    with pytest.raises(ApprovalRefused):
        till.buys(alice, komorebi)
    assert Authorization.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("total", "value"), "1"),
        (("total", "currency"), "USD"),
        (("payeeName",), "Somebody else"),
        (("payeeOrigin",), "https://evil.example"),
        (("payeeOrigin",), None),
        (("instrument", "displayName"), "Another card"),
        (("instrument", "icon"), "https://evil.example/icon.png"),
        (("rpId",), "evil.example"),
        (("topOrigin",), "https://evil.example"),
        (("paymentEntitiesLogos",), [{"url": "https://evil.example/logo.png", "label": "Evil"}]),
    ],
)
def test_each_member_that_the_browser_showed_must_be_the_one_we_asked_for(till, alice, komorebi, path, value):
    payment = till.asks(komorebi)
    offer = till.offer(payment, alice, kind="payment.get")
    members = json.loads(json.dumps(spc_members(offer)))
    place = members
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(ApprovalRefused):
        answer(till, alice, payment, offer, till.signed(offer, alice, members={"payment": members}))
    assert nothing_happened(payment)


def test_the_browsers_window_does_not_answer_a_plain_challenge(till, alice, komorebi):
    payment = till.asks(komorebi)
    offer = till.offer(payment, alice, kind="payment.get")
    with pytest.raises(ApprovalRefused):
        answer(till, alice, payment, offer, till.signed(offer, alice, kind="webauthn.get", members={}))


def test_a_payment_that_is_not_there_looks_like_a_closed_challenge(till, alice, offered):
    _payment, offer = offered
    with pytest.raises(ApprovalRefused):
        answer(till, alice, Payment(id=new_id("pay")), offer, till.signed(offer, alice))
    assert b64u(b"") == ""
