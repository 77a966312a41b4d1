"""One real purchase and its refund, from the shop's first question to the last book, over HTTP only."""

import pytest

from tests.outside import Outside, until

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("house")]

PRICE = 12_800
EARNED = 128


@pytest.fixture(scope="module")
def alice(outside: Outside):
    return outside.newcomer("Alice")


def test_a_purchase_and_its_refund_leave_every_book_in_agreement(outside, alice):
    payment = outside.new_payment(PRICE)
    assert payment["status"] == "requires_approval"
    assert payment["checkout_url"] == f"{outside.base_url}/pay/{payment['id']}"

    assert outside.approve(payment["id"], alice).status_code == 200
    paid = outside.payment(payment["id"])
    assert (paid["status"], paid["amount_captured"], paid["card"]) == (
        "captured",
        PRICE,
        {"brand": "visa", "last4": "4242"},
    )
    reference = paid["latest_authorization"]["id"]
    [charge] = until(lambda: [row for row in outside.charges(reference) if row["state"] == "captured"])
    assert (charge["amount_captured"], charge["claim"]) == (PRICE, PRICE)
    until(lambda: outside.points_of(alice)["pending"] == EARNED, what="points arrive")

    refund = outside.refund(payment["id"])
    until(lambda: outside.told("GET", f"/v1/refunds/{refund['id']}")["status"] == "succeeded")
    until(lambda: outside.points_of(alice) == {"live": 0, "held": 0, "pending": 0}, what="points are taken back")
    outside.everything_told()
    [charge] = outside.charges(reference)
    assert (charge["state"], charge["amount_refunded"], charge["claim"]) == ("refunded", PRICE, 0)
    assert outside.payment(payment["id"])["amount_refunded"] == PRICE
    assert "All invariants hold." in outside.all_holds()


def test_points_that_were_earned_pay_a_part_of_the_next_purchase(outside):
    hanako = outside.customer("hanako@example.com")
    before = outside.points_of(hanako)["live"]
    assert before >= 100, "the seed gave her some"
    payment = outside.new_payment(5_000)
    outside.approve(payment["id"], hanako, card=hanako.card("4242"), points=100)
    paid = outside.payment(payment["id"])
    assert (paid["status"], paid["points_redeemed"]) == ("captured", 100)
    outside.everything_told()
    [charge] = outside.charges(paid["latest_authorization"]["id"])
    assert charge["amount_captured"] == 4_900
    assert outside.points_of(hanako)["live"] == before - 100
    outside.refund(payment["id"])
    until(lambda: outside.points_of(hanako)["live"] == before, what="the points are given back")
    outside.everything_told()
    outside.all_holds()


def test_the_events_of_a_purchase_come_in_order_and_each_once(outside, alice):
    payment = outside.new_payment(3_000)
    outside.approve(payment["id"], alice)
    outside.everything_told()
    events = outside.told("GET", f"/v1/events?subject={payment['id']}")["data"]
    told = [event["type"] for event in reversed(events)]
    assert told == ["payment.created", "payment.processing", "payment.authorized", "payment.captured"]
    versions = [event["data"]["version"] for event in reversed(events)]
    assert versions == sorted(set(versions))


def test_the_customer_gets_a_mail_on_another_channel(outside, alice):
    payment = outside.new_payment(3_333)
    outside.approve(payment["id"], alice)
    until(lambda: any(payment["id"] in mail["text"] and "3,333" in mail["text"] for mail in outside.mails(alice.email)))


def test_the_same_question_under_the_same_key_is_one_payment(outside):
    body = {
        "amount": 900,
        "currency": "JPY",
        "merchant_reference": "asked-twice",
        "return_url": outside.merchant()["return_url"],
    }
    first, second = (outside.ask("POST", "/v1/payments", body, key="asked-twice") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = outside.ask("POST", "/v1/payments", body | {"amount": 901}, key="asked-twice")
    assert other.status_code in {409, 422}


def test_a_declined_card_costs_nothing_and_another_one_may_pay(outside):
    bob = outside.newcomer("Bob", cards=("4000000000009995", "5555555555554444"))
    payment = outside.new_payment(7_000)
    outside.approve(payment["id"], bob, card=bob.card("9995"))
    refused = outside.payment(payment["id"])
    assert (refused["status"], refused["latest_authorization"]["decline_code"]) == (
        "requires_approval",
        "insufficient_funds",
    )
    outside.approve(payment["id"], bob, card=bob.card("4444"))
    assert outside.payment(payment["id"])["status"] == "captured"
    outside.everything_told()
    claims = [row["claim"] for row in outside.charges() if row["claim"] and row["merchant"] and row["amount"] == 7_000]
    assert claims == [7_000]


def test_nobody_elses_payment_is_there(outside):
    payment = outside.new_payment(1_000)
    theirs = outside.ask("GET", f"/v1/payments/{payment['id']}", shop=1)
    nobodys = outside.ask("GET", f"/v1/payments/pay_{'0' * 26}", shop=1)
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    left_out = {"request_id", "instance", "detail"}
    assert {k: v for k, v in theirs.json().items() if k not in left_out} == {
        k: v for k, v in nobodys.json().items() if k not in left_out
    }
    assert outside.ask("POST", "/v1/refunds", {"payment": payment["id"]}, shop=1).status_code == 404
