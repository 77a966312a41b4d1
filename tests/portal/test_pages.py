"""What is true of every page of the customer's: both languages, strict headers, nothing inline, nobody else's."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import Card
from common.ids import new_id

OWN_PAGES = [
    "home",
    "payments",
    "cards",
    "card_add",
    "points",
    "gifts",
    "gift_new",
    "family",
    "shops",
    "shops_find",
    "security",
    "passkey_add",
    "settings",
]


class Reader(HTMLParser):
    """Collects what our policy would silence, and what a form could send."""

    def __init__(self, html):
        super().__init__()
        self.inline, self.script, self.addresses, self.names = [], False, [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.inline += [f"{tag} {name}" for name in facts if name == "style" or name.startswith("on")]
        self.inline += ["style"] if tag == "style" else []
        self.script = tag == "script" and "src" not in facts
        self.addresses += [facts[name] for name in ("src", "action", "formaction") if facts.get(name)]
        self.addresses += [facts["href"]] if tag in {"link", "use"} else []
        self.names += [facts["name"]] if facts.get("name") else []

    def handle_data(self, data):
        if self.script and data.strip():
            self.inline.append("script")


@pytest.fixture
def busy(till, alice, komorebi):
    """Alice with a past: cards in several states, payments in several states, points."""
    till.card(alice, is_default=True, nickname="Everyday")
    till.card(alice, "5555555555554444", brand="mastercard", status="frozen")
    till.card(alice, "4111111111111111", exp_year=2024)
    till.gives_points(alice, komorebi, 500)
    till.buys(alice, komorebi, points=100)
    till.network.falls_silent()
    till.buys(alice, komorebi, 5_000)
    till.network.declines("51")
    till.buys(alice, komorebi, 7_000)
    till.network.approves()
    return alice


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("page", OWN_PAGES)
class TestEveryPage:
    def test_opens_for_somebody_new(self, visit, alice, network, page, language):
        assert_is_sound(visit(alice, language).get(reverse(f"portal:{page}")), language)

    def test_opens_for_somebody_with_a_past(self, visit, busy, page, language):
        assert_is_sound(visit(busy, language).get(reverse(f"portal:{page}")), language)


@pytest.mark.parametrize("page", OWN_PAGES)
def test_a_stranger_is_led_to_sign_in_and_back(stranger, db, page):
    here = reverse(f"portal:{page}")
    answer = stranger.get(here)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/sign-in?next={here.replace('/', '%2F')}")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("path", ["/", "/styleguide"])
def test_public_pages_open_for_everybody(client, db, path, language):
    client.cookies["django_language"] = language
    assert_is_sound(client.get(path), language)


@pytest.mark.parametrize(
    ("name", "prefix", "verb"),
    [
        ("payment", "pay", "get"),
        ("payment_cancel", "pay", "post"),
        ("approve", "pay", "get"),
        ("approve_offer", "pay", "post"),
        ("approve_cancel", "pay", "post"),
        ("approve_done", "pay", "get"),
        ("card", "card", "get"),
        ("card_rename", "card", "post"),
        ("card_default", "card", "post"),
        ("card_freeze", "card", "post"),
        ("card_unfreeze", "card", "post"),
        ("card_remove", "card", "post"),
        ("passkey_rename", "pky", "post"),
        ("passkey_remove", "pky", "post"),
    ],
)
class TestWhatIsNotMine:
    def test_is_not_there(self, visit, busy, mallory, komorebi, till, name, prefix, verb):
        hers = {
            "pay": lambda: till.buys(busy, komorebi).id,
            "card": lambda: Card.objects.filter(wallet=busy.wallet)[0].id,
            "pky": lambda: busy.customer.passkeys.get().id,
        }[prefix]()
        browser = visit(mallory)
        facts = {"card": till.card(mallory).id, "label": "mine", "reason": "precaution"}
        answer = getattr(browser, verb)(reverse(f"portal:{name}", args=[hers]), facts)
        assert answer.status_code == 404

    @pytest.mark.parametrize("shape", ["fresh", "odd"])
    def test_nor_is_what_never_was(self, visit, alice, till, name, prefix, verb, shape):
        nothing = new_id(prefix) if shape == "fresh" else "%27%22x"
        facts = {"card": till.card(alice).id, "label": "mine", "reason": "precaution"}
        answer = getattr(visit(alice), verb)(reverse(f"portal:{name}", args=[nothing]), facts)
        assert answer.status_code == 404


class TestErrorPages:
    def test_name_the_request(self, client, db):
        answer = client.get("/nowhere")
        assert answer.status_code == 404
        assert answer["Request-Id"] in answer.content.decode()
        assert re.fullmatch(r"req_[0-9a-z]{26}", answer["Request-Id"])

    def test_a_form_of_another_site_is_refused_in_words(self, settings, db, alice):
        from django.test import Client

        answer = Client(enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="ja").post("/language", {"language": "en"})
        assert answer.status_code == 403
        assert "フォームの有効期限が切れています" in answer.content.decode()

    def test_a_broken_page_says_so_without_asking_the_database(self, client, monkeypatch):
        from portal.views import public

        def break_(*_args, **_facts):
            raise RuntimeError("broken on purpose")

        monkeypatch.setattr(public, "render", break_)
        client.raise_request_exception = False
        answer = client.get("/", HTTP_ACCEPT_LANGUAGE="en")
        assert answer.status_code == 500
        assert "Something broke on our side" in answer.content.decode()
        assert_has_strict_headers(answer)


class TestLanguage:
    def test_is_the_browsers_first(self, client, db):
        assert 'lang="en"' in client.get("/", HTTP_ACCEPT_LANGUAGE="en-GB").content.decode()
        assert 'lang="ja"' in client.get("/", HTTP_ACCEPT_LANGUAGE="ja").content.decode()

    def test_is_remembered_on_the_device_and_for_the_person(self, visit, alice):
        answer = visit(alice).post("/language", {"language": "ja", "next": "/cards"})
        assert (answer.status_code, answer["Location"]) == (303, "/cards")
        assert answer.cookies["django_language"].value == "ja"
        alice.user.refresh_from_db()
        assert alice.user.language == "ja"

    def test_follows_the_person_to_another_device(self, client, alice):
        alice.user.language = "ja"
        alice.user.save()
        client.force_login(alice.user)
        answer = client.get("/cards", HTTP_ACCEPT_LANGUAGE="en")
        assert 'lang="ja"' in answer.content.decode()
        assert answer.cookies["django_language"].value == "ja"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_never_leads_elsewhere(self, client, db, elsewhere):
        assert client.post("/language", {"language": "en", "next": elsewhere})["Location"] == "/"


def assert_is_sound(answer, language):
    assert answer.status_code == 200, answer.content.decode()[:2_000]
    html = answer.content.decode()
    assert f'<html lang="{language}">' in html
    page = Reader(html)
    assert page.inline == []
    assert [one for one in page.addresses if not one.startswith(("/", "#")) and "://" in one] == []
    assert_has_strict_headers(answer)


def assert_has_strict_headers(answer):
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "payment=(self)" in answer["Permissions-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == settings.SECURE_REFERRER_POLICY
    assert answer["Cache-Control"] == "no-store"
    assert answer["Request-Id"].startswith("req_")


@pytest.mark.parametrize(("language", "words"), [("en", "Only a button leads here"), ("ja", "ボタンから開きます")])
def test_an_address_for_a_form_says_so_to_who_types_it(client, language, words):
    client.cookies["django_language"] = language
    answer = client.get(reverse("portal:rules_change"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert words in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
