"""The played network keeps the promises that other rooms' tests rely on."""

from datetime import UTC, datetime

import pytest

from common.ids import new_id
from common.money import yen
from vault import services as vault
from vault.errors import IncorrectNumber, IntakeNotOpen, SafeUnavailable
from vault.types import (
    Acknowledged,
    Authorized,
    Declined,
    Found,
    MerchantFacts,
    NotFound,
    NotSent,
    Refused,
    StoredCard,
    Unknown,
)

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
KOMOREBI = MerchantFacts(ref=new_id("mer"), name="Komorebi Coffee", mcc="5814", city="Kyoto")
WALLET = new_id("wal")


def authorize(network, *, reference=None, number="4242424242424242"):
    return vault.authorize_card(
        card_token=network.card(owner_ref=WALLET, number=number),
        owner_ref=WALLET,
        amount=yen(1_200),
        merchant=KOMOREBI,
        reference=reference or new_id("auth"),
        by_ref="sys",
        now=NOON,
    )


def test_it_approves_and_keeps_a_book(network):
    reference = new_id("auth")
    assert isinstance(authorize(network, reference=reference), Authorized)
    assert network.book[reference]["state"] == "held"
    advice = new_id("adv")
    for _ in range(2):
        answer = vault.send_capture(reference=reference, advice_ref=advice, amount=yen(1_200), now=NOON)
        assert answer == Acknowledged("00")
    assert network.in_state("captured") == [reference]


def test_it_books_several_captures_and_lets_go_of_the_rest(network):
    reference, first = new_id("auth"), new_id("adv")
    authorize(network, reference=reference)
    about = {"reference": reference, "now": NOON}
    for _ in range(2):
        assert vault.send_capture(advice_ref=first, amount=yen(400), **about) == Acknowledged("00")
    assert (network.in_state("partially_captured"), network.claimed()) == ([reference], 1_200)
    assert vault.send_capture(advice_ref=new_id("adv"), amount=yen(801), **about) == Refused("12")
    assert vault.send_capture(advice_ref=new_id("adv"), amount=yen(300), **about) == Acknowledged("00")
    assert vault.send_release(advice_ref=new_id("adv"), stays=yen(699), **about) == Refused("12")
    assert vault.send_release(advice_ref=new_id("adv"), stays=yen(700), **about) == Acknowledged("00")
    assert (network.in_state("captured"), network.claimed()) == ([reference], 700)


def test_it_declines_on_request_and_by_number(network):
    assert isinstance(authorize(network, number="4000000000009995"), Declined)
    assert authorize(network.declines("54")).response_code == "54"


def test_a_lost_answer_is_found_by_inquiry(network):
    reference = new_id("auth")
    assert isinstance(authorize(network.falls_silent(), reference=reference), Unknown)
    assert isinstance(vault.inquire_outcome(reference=reference, now=NOON), Unknown)
    network.approves()
    assert isinstance(vault.inquire_outcome(reference=reference, now=NOON), Found)


def test_a_lost_question_is_not_found(network):
    reference = new_id("auth")
    authorize(network.falls_silent(booked=False), reference=reference)
    network.approves()
    assert vault.inquire_outcome(reference=reference, now=NOON) == NotFound()
    assert isinstance(authorize(network, reference=reference), NotSent)


def test_it_can_be_down(network):
    network.is_down()
    assert isinstance(authorize(network), NotSent)
    with pytest.raises(SafeUnavailable):
        vault.open_intake(customer_ref=WALLET, session_ref="s", now=NOON)
    assert vault.safe_health()["ok"] is False


def test_it_answers_what_it_was_told_to(network):
    network.will(Declined("05", "03", None), Unknown("lost"))
    assert authorize(network) == Declined("05", "03", None)
    assert authorize(network) == Unknown("lost")
    assert isinstance(authorize(network), Authorized)


def test_a_card_is_stored_once(network):
    def store(number="4242424242424242", session="s"):
        offer = vault.open_intake(customer_ref=WALLET, session_ref="s", now=NOON)
        return vault.store_card(
            intake_id=offer.intake_id, customer_ref=WALLET, session_ref=session, sealed=network.seal(number), now=NOON
        )

    first, second = store(), store()
    assert isinstance(first, StoredCard)
    assert first.card_token == second.card_token
    assert (first.fingerprint_seen, second.fingerprint_seen) == (False, True)
    with pytest.raises(IntakeNotOpen):
        store(session="another")
    with pytest.raises(IncorrectNumber):
        store("4242424242424241")
