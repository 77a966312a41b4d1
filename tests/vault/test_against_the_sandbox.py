"""The safe and the sandbox's network host, written apart from the same facts, agree about what became of every card."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from functools import partial

import pytest

from common import clock
from common.ids import new_id
from common.money import yen
from tests.vault.conftest import KOMOREBI, open_in_thread
from tests.vault.test_safe_process import ROOT
from vault import services as vault
from vault.types import Acknowledged, Authorized, CardDeclined, Declined, Found, NotFound, Unknown

pytestmark = [pytest.mark.loopback, pytest.mark.django_db(transaction=True)]

TOTAL_SECONDS = 1.0


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


@pytest.fixture
def host(tmp_path):
    """The network host as a process; answers with its book: `host.book()`."""
    port, http = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.network", "--port", str(port), "--http-port", str(http),
         "--state-dir", str(tmp_path / "network"), "--total-seconds", str(TOTAL_SECONDS)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    process.address, process.url = f"127.0.0.1:{port}", f"http://127.0.0.1:{http}/charges"
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(process.url, timeout=1).close()  # noqa: S310 (this machine, http)
            break
        except OSError:
            assert time.monotonic() < until, "the network host did not start"
            time.sleep(0.05)
    yield process
    process.terminate()
    process.wait(5)


@pytest.fixture
def safe(host, place, transactional_db):
    place.NETWORK_ADDRESS, place.WIRE_TOTAL_SECONDS = host.address, TOTAL_SECONDS
    with open_in_thread(place) as desk:
        yield desk


def charges(host):
    """The network's book."""
    with urllib.request.urlopen(host.url, timeout=2) as answer:  # noqa: S310 (this machine, http)
        return json.load(answer)["data"]


def claims(host):
    """How many holds or charges the network has on cards."""
    return sum(charge["state"] in {"held", "captured"} for charge in charges(host))


class Janitor:
    """What payments does with an authorization, told by hand: ask, inquire a few times, reverse until acknowledged."""

    def __init__(self, token, owner):
        self.token, self.owner, self.reference = token, owner, new_id("auth")
        self.answer = vault.authorize_card(
            card_token=token,
            owner_ref=owner,
            amount=yen(1_200),
            merchant=KOMOREBI,
            reference=self.reference,
            by_ref="sys",
            now=clock.now(),
        )

    def outcome(self, *, inquiries=5, reversals=8):
        if isinstance(self.answer, Authorized | Declined):
            return type(self.answer).__name__
        assert isinstance(self.answer, Unknown)
        for _ in range(inquiries):
            match vault.inquire_outcome(reference=self.reference, now=clock.now()):
                case Found(answer):
                    return type(answer).__name__
                case NotFound():
                    return "NotFound"
        advice = new_id("adv")
        for sending in range(reversals):
            told = vault.send_reversal(reference=self.reference, advice_ref=advice, repeat=sending > 0, now=clock.now())
            if isinstance(told, Acknowledged):
                return "Reversed"
        return "Unknown"


@pytest.mark.parametrize(
    ("number", "outcome", "left"),
    [
        ("4242424242424242", "Authorized", 1),
        ("4000000000009995", "Declined", 0),
        ("4000009800000914", "Declined", 0),
        ("4000009900000012", "Authorized", 1),
        ("4000009900000020", "NotFound", 0),
        ("4000009900000038", "Authorized", 1),
        ("4000009900000046", "Authorized", 1),
        ("4000009900000053", "Reversed", 0),
        ("4000009900000061", "Reversed", 0),
        ("4000009900000087", "Reversed", 0),
        ("4000009900000095", "Authorized", 1),
        ("4000009900000103", "Authorized", 1),
        ("4000009900000111", "Authorized", 1),
        ("4000009900000129", "Authorized", 1),
        ("4000009900000137", "Authorized", 1),
        ("4000009900000145", "Reversed", 0),
        ("4000009900000152", "Authorized", 1),
        ("4000009900000160", "NotFound", 0),
        ("4000009900000202", "Declined", 0),
        ("4000009900000210", "Declined", 0),
    ],
)
def test_both_agree_what_became_of_it(safe, host, store, alices_wallet, number, outcome, left):
    stored = store(number, owner=alices_wallet)
    assert Janitor(stored.card_token, alices_wallet).outcome() == outcome
    until = time.monotonic() + 4
    while claims(host) != left:
        assert time.monotonic() < until, f"{claims(host)} claims are left"
        time.sleep(0.05)


def test_a_network_that_wants_a_new_sign_on_gets_it(safe, host, store, alices_wallet):
    token = store("4000009900000178", owner=alices_wallet).card_token
    first = Janitor(token, alices_wallet)
    assert first.outcome() == "Declined"  # 91, and the safe signs on again
    until = time.monotonic() + 4
    while Janitor(token, alices_wallet).outcome() != "Authorized":
        assert time.monotonic() < until, "the network was never asked to let us sign on again"
    assert claims(host) == 1


def test_cards_that_their_issuer_does_not_vouch_for(safe, store, alices_wallet):
    assert store("4000009900000228", owner=alices_wallet) == CardDeclined("14")
    assert store("4000000000000101", owner=alices_wallet) == CardDeclined("N7")


def test_a_code_that_does_not_match_is_told_where_the_operator_lets_it_in(safe, store, alices_wallet):
    safe.keeps_mismatches = True
    assert store("4000000000000101", owner=alices_wallet).security_code == "no_match"
    assert store(owner=alices_wallet).security_code == "match"
    assert store("4000009900000228", owner=alices_wallet) == CardDeclined("14")


def test_who_began_it_and_what_it_continues_stand_in_the_networks_book(safe, host, store, alices_wallet):
    token = store(owner=alices_wallet).card_token
    known = {"card_token": token, "owner_ref": alices_wallet, "amount": yen(500), "merchant": KOMOREBI}
    asked = partial(vault.authorize_card, **known, by_ref="sys", now=clock.now())
    first = asked(reference=new_id("auth"))
    asked(reference=new_id("auth"), initiator="merchant", series_ref=first.network_reference)
    by_the_shop, by_the_customer = charges(host)
    assert (by_the_customer["initiator"], by_the_customer["series"]) == ("customer", None)
    assert (by_the_shop["initiator"], by_the_shop["series"]) == ("merchant", first.network_reference)


def test_several_captures_and_a_release_of_the_rest(safe, host, store, alices_wallet):
    token = store(owner=alices_wallet).card_token
    about = {"reference": Janitor(token, alices_wallet).reference, "now": clock.now()}
    for amount in (300, 400):
        told = vault.send_capture(advice_ref=new_id("adv"), amount=yen(amount), **about)
        assert told == Acknowledged("00")
    assert vault.send_release(advice_ref=new_id("adv"), stays=yen(700), **about) == Acknowledged("00")
    (charge,) = charges(host)
    assert (charge["state"], charge["amount_captured"], charge["amount_released"]) == ("captured", 700, 500)


def test_capture_void_and_refund(safe, host, store, alices_wallet):
    token = store(owner=alices_wallet).card_token
    bought, dropped = Janitor(token, alices_wallet), Janitor(token, alices_wallet)
    assert claims(host) == 2
    told = vault.send_void(reference=dropped.reference, advice_ref=new_id("adv"), now=clock.now())
    assert told == Acknowledged("00")
    told = vault.send_capture(reference=bought.reference, advice_ref=new_id("adv"), amount=yen(1_200), now=clock.now())
    assert told == Acknowledged("00")
    assert claims(host) == 1
    given_back = vault.refund_card(
        card_token=token,
        owner_ref=alices_wallet,
        original_reference=bought.reference,
        reference=new_id("ref"),
        amount=yen(1_200),
        merchant=KOMOREBI,
        now=clock.now(),
    )
    assert isinstance(given_back, Authorized)
    assert claims(host) == 0
