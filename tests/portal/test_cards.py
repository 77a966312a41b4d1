"""My cards: sealed on the way in, and every touch of them shown."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import services as accounts
from accounts import sessions
from accounts.models import Card
from common import clock
from common.actors import SYSTEM
from common.db import transaction
from events import services as events
from tests.portal.test_pages import Reader, assert_is_sound


@pytest.fixture
def adds(visit, network):
    """What the page's script does: seal the card to the intake that this rendering of the form was given."""

    def add(person, *, path="/cards/add", nickname="", next_url="", **card):
        browser = visit(person)
        page = browser.get(path)
        return browser.post(
            "/cards/add",
            {
                "intake": page.context["intake"].intake_id,
                "sealed": urlsafe_b64encode(network.seal(**card)).rstrip(b"=").decode(),
                "nickname": nickname,
                "next": next_url,
            },
        )

    return add


def url(verb, card):
    return reverse(f"portal:card_{verb}", args=[card.id])


class TestAdding:
    def test_no_field_of_the_card_could_ever_be_sent(self, visit, alice, network):
        answer = visit(alice).get("/cards/add")
        assert_is_sound(answer, "en")
        names = set(Reader(answer.content.decode()).names)
        assert names <= {
            "csrfmiddlewaretoken", "next", "language", "intake", "sealed", "nickname", "viewport", "color-scheme",
        }  # fmt: skip
        assert "require-trusted-types-for 'script'" in answer["Content-Security-Policy"]

    def test_puts_the_card_into_the_wallet_and_leads_back(self, adds, alice):
        answer = adds(alice, nickname="Everyday", next_url="/pay/pay_1")
        assert (answer.status_code, answer["Location"]) == (303, "/pay/pay_1")
        card = Card.objects.get(wallet=alice.wallet)
        assert (card.last4, card.nickname, card.is_default) == ("4242", "Everyday", True)

    def test_never_leads_elsewhere(self, adds, alice):
        assert adds(alice, next_url="https://evil.example/")["Location"] == "/cards"

    def test_says_what_the_issuer_did_not_like_and_offers_a_fresh_form(self, adds, alice, network):
        answer = adds(alice, number="4000000000000002")
        assert answer.status_code == 422
        assert "The card was not accepted" in answer.content.decode()
        assert len({members["session_ref"] for verb, members in network.asked if verb == "open_intake"}) == 1
        assert sum(verb == "open_intake" for verb, _members in network.asked) == 2

    @pytest.mark.parametrize("sealed", ["", "%%%", "a" * 4_001])
    def test_bears_a_box_that_is_none(self, visit, alice, network, sealed):
        answer = visit(alice).post("/cards/add", {"intake": "int_x", "sealed": sealed})
        assert answer.status_code == 422

    def test_without_the_safe_says_so(self, visit, alice, network):
        network.is_down()
        answer = visit(alice).get("/cards/add")
        assert answer.status_code == 503
        assert "The safe does not answer" in answer.content.decode()

    def test_needs_a_fresh_proof(self, visit, alice, network):
        browser = visit(alice)
        session = browser.session
        sessions.begin(session, now=clock.now() - timedelta(minutes=6))
        session.save()
        assert browser.get("/cards/add")["Location"].startswith("/sign-in/again?next=")


class TestOneCard:
    def test_is_frozen_and_unfrozen(self, visit, till, alice):
        card = till.card(alice)
        browser = visit(alice)
        assert browser.post(url("freeze", card), {"reason": "precaution"}).status_code == 303
        card.refresh_from_db()
        assert card.status == "frozen"
        assert "Unfreeze this card" in browser.get(reverse("portal:card", args=[card.id])).content.decode()
        assert browser.post(url("unfreeze", card)).status_code == 303
        card.refresh_from_db()
        assert card.status == "usable"

    def test_is_not_frozen_without_a_reason(self, visit, till, alice):
        card = till.card(alice)
        answer = visit(alice).post(url("freeze", card), {"reason": "because"})
        assert answer.status_code == 422
        card.refresh_from_db()
        assert card.status == "usable"

    def test_is_renamed_and_refuses_a_name_that_is_too_long(self, visit, till, alice):
        card = till.card(alice)
        browser = visit(alice)
        assert browser.post(url("rename", card), {"nickname": "旅行用"}).status_code == 303
        assert browser.post(url("rename", card), {"nickname": "x" * 41}).status_code == 422
        card.refresh_from_db()
        assert card.nickname == "旅行用"

    def test_becomes_the_one_used_first_unless_frozen(self, visit, till, alice):
        till.card(alice, is_default=True)
        other = till.card(alice, "5555555555554444", brand="mastercard")
        browser = visit(alice)
        assert browser.post(url("default", other)).status_code == 303
        other.refresh_from_db()
        assert other.is_default
        frozen = till.card(alice, "4111111111111111", status="frozen")
        assert browser.post(url("default", frozen)).status_code == 422

    def test_is_removed_for_good(self, visit, till, alice):
        card = till.card(alice)
        browser = visit(alice)
        assert browser.post(url("remove", card))["Location"] == "/cards"
        assert browser.get(reverse("portal:card", args=[card.id])).status_code == 404

    @pytest.mark.parametrize("language", ["ja", "en"])
    def test_shows_every_touch(self, visit, till, alice, language):
        card = till.card(alice)
        accounts.freeze_card(card_id=card.id, reason="precaution", by=alice.actor, now=till.now)
        write_touch(card, till.now)
        answer = visit(alice, language).get(reverse("portal:card", args=[card.id]))
        assert_is_sound(answer, language)
        told = {
            "en": ["You froze the card", "A refund was sent to the card"],
            "ja": ["利用停止にしました", "返金しました"],
        }
        assert [text for text in told[language] if text not in answer.content.decode()] == []


def write_touch(card, at):
    write = transaction(events.write_audit)
    write("card.refunded", subject=card.card_token, by=SYSTEM, at=at, data={"reference": "ref_1"})
