"""Home, points, shops, security and settings."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import PaymentPasskey
from common import clock
from tests.accounts.authenticator import Authenticator


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


class TestHome:
    def test_tells_a_newcomer_the_next_steps(self, visit, alice):
        html = text_of(visit(alice).get("/home/"))
        assert all(step in html for step in ("/cards/add", "/security/passkeys/add", "No payment yet"))

    def test_names_what_waits_for_me(self, visit, till, alice, komorebi):
        till.network.declines("51")
        till.buys(alice, komorebi)
        assert "It waits for your approval" in text_of(visit(alice).get("/home/"))

    def test_does_not_name_what_nobody_can_approve_any_more(self, visit, till, alice, komorebi):
        till.network.declines("51")
        till.now = clock.now() - timedelta(hours=2)
        till.buys(alice, komorebi)
        assert "It waits for your approval" not in text_of(visit(alice).get("/home/"))


class TestPoints:
    def test_shows_the_balance_the_lots_and_the_history(self, visit, till, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        till.buys(alice, komorebi, points=200)
        till.relay()
        html = text_of(visit(alice).get("/points"))
        assert 'value="300">300' in html
        assert 'value="126">126' in html  # one percent of what the card paid, on the way
        assert "−200" in html
        assert "<svg" in html

    def test_counts_nothing_of_others(self, visit, till, alice, bob, komorebi):
        till.gives_points(bob, komorebi, 500)
        assert "No points yet" in text_of(visit(alice).get("/points"))


class TestShops:
    def test_adds_up_what_i_paid_less_refunds(self, visit, till, alice, bob, komorebi):
        till.buys(alice, komorebi, 1_000)
        till.refunds(till.buys(alice, komorebi, 2_000))
        till.buys(bob, komorebi, 4_000)
        html = text_of(visit(alice).get("/shops"))
        assert 'value="1000"' in html
        assert "2 payments" in html


class TestSecurity:
    def test_a_payment_passkey_is_made(self, visit, alice):
        browser = visit(alice)
        options = browser.post("/security/passkeys/offer").json()
        made = Authenticator(handle=alice.customer.id.encode())
        answer = make(browser, made, options, label="My phone", next="/pay/pay_1")
        assert (answer.status_code, answer["Location"]) == (303, "/pay/pay_1")
        assert PaymentPasskey.objects.get(customer=alice.customer).label == "My phone"

    def test_an_answer_to_another_question_is_refused_on_the_page(self, visit, alice):
        browser = visit(alice)
        options = browser.post("/security/passkeys/offer").json()
        answer = make(browser, Authenticator(handle=alice.customer.id.encode()), options | {"challenge": "AAAA"})
        assert answer.status_code == 422
        assert not PaymentPasskey.objects.exists()

    def test_a_passkey_is_renamed_and_removed(self, visit, till, alice):
        till.passkey(alice)
        passkey = alice.customer.passkeys.get()
        browser = visit(alice)
        rename = reverse("portal:passkey_rename", args=[passkey.id])
        assert browser.post(rename, {"label": "Laptop"}).status_code == 303
        assert browser.post(rename, {"label": ""}).status_code == 422
        assert "Laptop" in text_of(browser.get("/security"))
        assert browser.post(reverse("portal:passkey_remove", args=[passkey.id])).status_code == 303
        assert "None yet. Without one nothing can be approved." in text_of(browser.get("/security"))

    def test_signing_out_everywhere_keeps_this_device(self, visit, alice):
        from django.test import Client

        elsewhere = Client()
        elsewhere.force_login(alice.user)
        browser = visit(alice)
        assert browser.post("/security/sign-out-everywhere").status_code == 303
        assert browser.get("/home/").status_code == 200
        assert elsewhere.get("/home/").status_code == 302


class TestSettings:
    def test_my_name_is_changed(self, visit, alice):
        browser = visit(alice)
        assert browser.post("/settings/name", {"display_name": "アリス"}).status_code == 303
        assert "アリス" in text_of(browser.get("/settings"))

    @pytest.mark.parametrize("name", ["", "x" * 81])
    def test_a_name_that_is_none_is_refused_on_the_form(self, visit, alice, name):
        assert visit(alice).post("/settings/name", {"display_name": name}).status_code == 422


def make(browser, authenticator, options, **facts):
    credential = authenticator.create(urlsafe_b64decode(options["challenge"] + "=="))
    return browser.post("/security/passkeys/add", {"credential": json.dumps(credential), "spc": "", **facts})
