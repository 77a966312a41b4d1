"""A shop asks for a permission; the page says it in one sentence; a passkey signs it; its pages hold the brakes."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from common import clock
from common.money import yen
from payments import services as payments
from payments.models import Grant
from tests.payments.test_rules import at_shop
from tests.portal.test_approve import b64u_bytes
from tests.portal.test_pages import assert_is_sound


@pytest.fixture
def until():
    return clock.business_date(clock.now()) + timedelta(days=120)


@pytest.fixture
def asked(till, komorebi, until):
    return till.asks_leave(komorebi, until=until)


@pytest.fixture
def given(till, alice, asked):
    return till.approve_leave(asked, alice)


def page(grant, query=""):
    return reverse("portal:grant_approve", args=[grant.id]) + query


def written(day, language="en"):
    return f"{day.year}年{day.month}月{day.day}日" if language == "ja" else f"{day.day} {day:%b} {day.year}"


def send(till, browser, person, grant, **lower):
    """What the page's script does: ask for an offer, have it signed, send the form."""
    till.passkey(person)
    chosen = {"card": till.card(person).id, **lower}
    offer = browser.post(reverse("portal:grant_offer", args=[grant.id]), chosen)
    assert offer.status_code == 200, offer.content
    assertion = till.passkey(person).get(b64u_bytes(offer.json()["public_key"]["challenge"]), kind="webauthn.get")
    signed = chosen | {"challenge": offer.json()["challenge_id"], "assertion": json.dumps(assertion)}
    return browser.post(reverse("portal:grant_send", args=[grant.id]), signed)


class TestTheQuestion:
    @pytest.mark.parametrize(
        ("facts", "english", "japanese"),
        [
            (
                {"kind": "one_time"},
                "Komorebi Coffee may take up to ¥5,000 once, until {until}.",
                "Komorebi Coffeeは、{until}までに1回だけ、¥5,000まで請求できます。",
            ),
            (
                {},
                "Komorebi Coffee may take up to ¥5,000 each time and ¥20,000 a month in all, until {until}.",
                "Komorebi Coffeeは、{until}まで、1回に¥5,000、1か月に合計¥20,000まで請求できます。",
            ),
            (
                {"limit_per_period": yen(5_000), "period": "year"},
                "Komorebi Coffee may take up to ¥5,000 a year, until {until}.",
                "Komorebi Coffeeは、{until}まで、1年に¥5,000まで請求できます。",
            ),
        ],
    )
    def test_is_one_sentence(self, till, visit, alice, komorebi, until, facts, english, japanese):
        till.card(alice), till.passkey(alice)
        grant = till.asks_leave(komorebi, until=until, **facts)
        for language, sentence in (("en", english), ("ja", japanese)):
            answer = visit(alice, language).get(page(grant))
            assert_is_sound(answer, language)
            assert sentence.format(until=written(until, language)) in answer.content.decode()

    def test_says_who_asks_and_that_it_is_the_first_time(self, till, visit, alice, asked):
        till.card(alice), till.passkey(alice)
        html = visit(alice).get(page(asked)).content.decode()
        assert all(text in html for text in ("Komorebi Coffee K.K.", "komorebi.example", "First time here"))

    def test_a_stranger_reads_it_and_is_led_in_and_back(self, stranger, asked):
        answer = stranger.get(page(asked))
        assert_is_sound(answer, "en")
        assert f"next={page(asked)}" in answer.content.decode()

    def test_without_card_or_passkey_it_leads_there_and_back(self, till, visit, alice, asked):
        assert f"{reverse('portal:card_add')}?next=" in visit(alice).get(page(asked)).content.decode()
        till.card(alice)
        assert f"{reverse('portal:passkey_add')}?next=" in visit(alice).get(page(asked)).content.decode()

    def test_lower_limits_are_read_before_they_are_signed(self, till, visit, alice, asked, until):
        till.card(alice), till.passkey(alice)
        html = visit(alice).get(page(asked, "?limit_per_payment=2000&limit_per_period=6000&until=")).content.decode()
        assert f"up to ¥2,000 each time and ¥6,000 a month in all, until {written(until)}." in html
        assert '<input type="hidden" name="limit_per_period" value="6000">' in html

    def test_higher_ones_are_refused_on_the_form(self, till, visit, alice, asked):
        till.card(alice), till.passkey(alice)
        answer = visit(alice).get(page(asked, "?limit_per_payment=6000"))
        assert answer.status_code == 422
        assert "can only be lowered" in answer.content.decode()
        assert "up to ¥5,000 each time" in answer.content.decode()


class TestAnswering:
    def test_yes(self, till, visit, alice, asked):
        browser = visit(alice)
        answer = send(till, browser, alice, asked)
        assert (answer.status_code, answer.url) == (303, reverse("portal:grant_done", args=[asked.id]))
        html = browser.get(answer.url).content.decode()
        assert "You gave the permission" in html
        back = next(part for part in html.split('"') if part.startswith("https://komorebi.example/thanks"))
        assert parse_qs(urlsplit(back.replace("&amp;", "&")).query) == {"grant": [asked.id], "state": ["active"]}

    def test_yes_to_less(self, till, visit, alice, asked):
        send(till, visit(alice), alice, asked, limit_per_payment="2000", limit_per_period="6000")
        assert Grant.objects.get().limit_per_period == yen(6_000)

    def test_a_rule_of_mine_is_said_before_the_passkey_is_asked(self, till, visit, alice, komorebi, asked):
        till.card(alice)
        till.passkey(alice)
        at_shop(alice, komorebi, blocked=True)
        for language, said in (("en", "You have blocked this shop."), ("ja", "マイルールにより、この許可はできません")):
            answer = visit(alice, language).get(page(asked))
            assert_is_sound(answer, language)
            assert said in answer.content.decode()
            assert "data-approve" not in answer.content.decode()

    def test_not_now_is_as_large_as_yes(self, till, visit, alice, asked):
        till.card(alice), till.passkey(alice)
        browser = visit(alice)
        ways = browser.get(page(asked)).content.decode().partition('<div class="ways ways-2">')[2]
        assert ways.index("data-approve") < ways.index("Not now")
        answer = browser.post(reverse("portal:grant_decline", args=[asked.id]))
        assert "may take nothing, and has been told" in browser.get(answer.url).content.decode()
        assert Grant.objects.get().ended_why == "declined"

    def test_a_wrong_signature_is_said_on_the_page(self, till, visit, alice, asked):
        till.card(alice), till.passkey(alice)
        answer = visit(alice).post(
            reverse("portal:grant_send", args=[asked.id]),
            {"card": till.card(alice).id, "challenge": "chl_1", "assertion": '{"id": "x"}'},
        )
        assert answer.status_code == 422
        assert "could not be verified" in answer.content.decode()

    def test_of_another_customer_there_is_nothing(self, visit, bob, given):
        assert visit(bob).get(page(given)).status_code == 404
        assert visit(bob).get(reverse("portal:grant", args=[given.id])).status_code == 404


class TestMyPermissions:
    def test_stand_on_the_page_of_the_shops(self, till, visit, alice, komorebi, given):
        till.charges_grant(given, komorebi, 3_000)
        answer = visit(alice).get(reverse("portal:shops"))
        assert_is_sound(answer, "en")
        html = answer.content.decode()
        assert "may take up to ¥5,000 each time" in html
        assert "¥3,000 of ¥20,000 used" in html

    def test_ended_ones_too(self, visit, alice, given):
        payments.end_grant(grant_id=given.id, by=alice.actor, now=clock.now())
        html = visit(alice).get(reverse("portal:shops")).content.decode()
        assert "Permissions that have ended" in html
        assert reverse("portal:grant", args=[given.id]) in html

    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_one_with_its_payments_and_its_history(self, till, visit, alice, komorebi, given, language):
        payment = till.charges_grant(given, komorebi, 3_000)
        answer = visit(alice, language).get(reverse("portal:grant", args=[given.id]))
        assert_is_sound(answer, language)
        html = answer.content.decode()
        assert reverse("portal:payment", args=[payment.id]) in html
        assert "17,000" in html

    def test_pause_resume_and_end(self, visit, alice, given):
        browser = visit(alice)
        for verb, status in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
            answer = browser.post(reverse(f"portal:grant_{verb}", args=[given.id]))
            assert answer.status_code == 303
            assert Grant.objects.get().status == status
        assert browser.post(reverse("portal:grant_pause", args=[given.id])).status_code == 422

    def test_lower(self, visit, alice, given):
        browser, there = visit(alice), reverse("portal:grant_lower", args=[given.id])
        assert browser.post(there, {"limit_per_payment": "1000"}).status_code == 303
        assert Grant.objects.get().limit_per_payment == yen(1_000)
        answer = browser.post(there, {"limit_per_payment": "5000"})
        assert (answer.status_code, "can only be lowered" in answer.content.decode()) == (422, True)

    def test_another_card(self, till, visit, alice, given):
        other = till.card(alice, "5555555555554444", brand="mastercard")
        answer = visit(alice).post(reverse("portal:grant_card", args=[given.id]), {"card": other.id})
        assert (answer.status_code, Grant.objects.get().card_id) == (303, other.id)

    def test_a_card_that_cannot_pay_is_asked_for(self, till, visit, alice, given):
        type(till.card(alice)).objects.update(status="frozen")
        assert "needs another card" in visit(alice).get(reverse("portal:grant", args=[given.id])).content.decode()
        assert "Needs another card" in visit(alice).get(reverse("portal:shops")).content.decode()


def test_the_page_of_a_charge_says_by_whose_permission(till, visit, alice, komorebi, given):
    payment = till.charges_grant(given, komorebi)
    html = visit(alice).get(reverse("portal:payment", args=[payment.id])).content.decode()
    assert "by your permission" in html
    assert reverse("portal:grant", args=[given.id]) in html
