"""The approval page: who sells, what, with which card; the passkey signs it; what became of it; the way back."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.urls import reverse

from common import clock
from common.ids import new_id
from common.money import yen
from ledger.queries import posted_balance
from ledger.states import AccountKind
from ledger.types import AccountRef
from payments.models import Payment
from points import services as points
from points.campaigns import Terms
from points.queries import points_of
from points.states import CampaignKind
from tests.portal.test_pages import Reader, assert_is_sound
from tests.portal.test_rules import forget_the_proof


@pytest.fixture
def asked(till, komorebi):
    return till.asks(komorebi, 12_800)


@pytest.fixture
def sends(till, visit):
    """What the page's script does: ask for an offer, have it signed, send the form."""

    def send(person, payment, *, card=None, points=0, **changes):
        browser = visit(person)
        till.passkey(person)
        chosen = {"card": (card or till.card(person)).id, "points": str(points)}
        offer = browser.post(reverse("portal:approve_offer", args=[payment.id]), chosen)
        assert offer.status_code == 200, offer.content
        asked = offer.json()
        challenge = asked["public_key"]["challenge"]
        assertion = till.passkey(person).get(b64u_bytes(challenge), kind="webauthn.get", **changes)
        signed = chosen | {"challenge": asked["challenge_id"], "assertion": json.dumps(assertion)}
        return browser.post(reverse("portal:approve_send", args=[payment.id]), signed)

    return send


def b64u_bytes(text):
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def page(payment):
    return reverse("portal:approve", args=[payment.id])


class TestTheQuestion:
    def test_a_stranger_reads_who_sells_and_is_led_in_and_back(self, stranger, asked):
        answer = stranger.get(page(asked))
        html = answer.content.decode()
        assert_is_sound(answer, "en")
        assert all(text in html for text in ("Komorebi", "K.K.", "12,800", "Round frame"))
        assert f"/sign-in?next={page(asked)}" in html
        assert f"/sign-up?next={page(asked)}" in html

    def test_a_newcomer_is_asked_for_a_card_first(self, visit, asked, bob):
        html = visit(bob).get(page(asked)).content.decode()
        assert f"/cards/add?next={page(asked)}" in html
        assert "data-approve-form" not in html

    def test_then_for_a_payment_passkey(self, visit, till, asked, bob):
        till.card(bob)
        html = visit(bob).get(page(asked)).content.decode()
        assert f"/security/passkeys/add?next={page(asked)}" in html
        assert "data-approve-form" not in html

    @pytest.mark.parametrize(
        ("language", "bound"), [("en", "Your passkey signs ¥12,800 to"), ("ja", "に¥12,800」という内容に署名します")]
    )
    def test_says_in_one_sentence_what_is_signed(self, visit, till, asked, alice, language, bound):
        till.card(alice)
        till.passkey(alice)
        answer = visit(alice, language).get(page(asked))
        assert_is_sound(answer, language)
        assert bound in answer.content.decode()

    def test_says_when_a_shop_is_new_to_the_customer(self, visit, till, asked, alice, komorebi):
        till.card(alice)
        till.passkey(alice)
        assert "First time here" in visit(alice).get(page(asked)).content.decode()
        till.buys(alice, komorebi, 900)
        assert "First time here" not in visit(alice).get(page(asked)).content.decode()

    def test_has_no_field_for_a_card_a_password_or_a_code(self, visit, till, asked, alice):
        till.card(alice)
        till.passkey(alice)
        names = set(Reader(visit(alice).get(page(asked)).content.decode()).names)
        assert names <= {
            "csrfmiddlewaretoken",
            "next",
            "language",
            "challenge",
            "assertion",
            "screen",  # its size, which 3-D Secure tells the issuer
            "card",
            "viewport",
            "color-scheme",
        }

    def test_lets_no_text_become_script(self, visit, till, asked, alice):
        till.card(alice)
        policy = visit(alice).get(page(asked))["Content-Security-Policy"]
        assert "require-trusted-types-for 'script'" in policy
        assert "trusted-types 'none'" in policy

    def test_weighs_less_than_sixty_kilobytes(self, visit, till, asked, alice, komorebi):
        till.card(alice)
        till.passkey(alice)
        till.gives_points(alice, komorebi, 800)
        html = visit(alice).get(page(asked)).content
        sheets = [
            Path(settings.BASE_DIR, "static/css", name)
            for name in ("tokens.css", "base.css", "components.css", "approve.css")
        ]
        scripts = [
            Path(settings.BASE_DIR, "static/js", name) for name in ("page.js", "approve.js", "passkeys.js", "bytes.js")
        ]
        software = Path(settings.BASE_DIR, "static/sandbox/software-passkey.js")
        assert b"htmx" not in html
        assert len(html) + sum(file.stat().st_size for file in [*sheets, *scripts, software]) < 60_000

    def test_a_frozen_or_expired_card_cannot_be_chosen(self, visit, till, asked, alice):
        till.card(alice, "5555555555554444", brand="mastercard", status="frozen")
        till.card(alice, "4111111111111111", exp_year=2024)
        html = visit(alice).get(page(asked)).content.decode()
        assert "None of your cards can pay now" in html
        assert "data-approve-form" not in html


class TestTheOffer:
    def test_carries_what_the_passkey_signs(self, visit, till, asked, alice):
        till.passkey(alice)
        answer = visit(alice).post(reverse("portal:approve_offer", args=[asked.id]), {"card": till.card(alice).id})
        offer = answer.json()
        assert offer["public_key"]["userVerification"] == "required"
        assert offer["kind"] == "webauthn.get"

    def test_of_the_browsers_own_window_names_payee_and_total(self, visit, till, asked, alice):
        till.passkey(alice)
        chosen = {"card": till.card(alice).id, "kind": "payment.get"}
        spc = visit(alice).post(reverse("portal:approve_offer", args=[asked.id]), chosen).json()["spc"]
        assert spc["total"]["amount"] == {"currency": "JPY", "value": "12800"}

    @pytest.mark.parametrize("points", ["-1", "1.5", "12799", "12800", "many"])
    def test_refuses_points_that_cannot_be_in_words(self, visit, till, asked, alice, points):
        till.passkey(alice)
        chosen = {"card": till.card(alice).id, "points": points}
        answer = visit(alice).post(reverse("portal:approve_offer", args=[asked.id]), chosen)
        assert answer.status_code == 422
        assert answer.json()["message"]


class TestPoints:
    """The page shows what they change, with a script or without, and asks who it is before very many are used."""

    @pytest.fixture
    def rich(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 20_000)
        till.passkey(alice)
        till.card(alice)
        return alice

    def test_that_were_chosen_are_shown_with_their_effect(self, visit, asked, rich):
        answer = visit(rich).get(page(asked), {"points": "800"})
        assert_is_sound(answer, "en")
        html = answer.content.decode()
        assert "Your passkey signs ¥12,800 to Komorebi Coffee: ¥12,000 by card and 800 points." in html
        assert "−800" in html
        assert 'value="12000"' in html

    def test_for_all_of_it_need_no_card(self, visit, asked, rich):
        html = visit(rich).get(page(asked), {"points": "12800"}).content.decode()
        assert "all of it with 12,800 points" in html
        assert '<p class="field-help" role="status" data-no-card>' in html

    @pytest.mark.parametrize(
        ("points", "used"), [("12799", 12_750), ("99999", 12_800), ("-5", 0), ("x", 0), ("１２", 12), ("", 0)]
    )
    def test_that_cannot_be_become_the_nearest_that_can(self, visit, asked, rich, points, used):
        assert visit(rich).get(page(asked), {"points": points}).context["split"].points.minor == used

    def test_without_a_script_the_total_is_a_button_away(self, visit, asked, rich, till):
        browser, card = visit(rich), till.card(rich).id
        html = browser.get(page(asked)).content.decode()
        assert reverse("portal:approve_choose", args=[asked.id]) in html
        sent = {"card": card, "points": "300", "challenge": "", "assertion": ""}
        answer = browser.post(reverse("portal:approve_choose", args=[asked.id]), sent)
        assert (answer.status_code, answer["Location"]) == (303, f"{page(asked)}?card={card}&points=300")

    def test_without_any_card_pay_all_of_it(self, visit, asked, sends, till, bob, komorebi):
        till.gives_points(bob, komorebi, 12_800)
        till.passkey(bob)
        answer = visit(bob).get(page(asked))
        assert_is_sound(answer, "en")
        html = answer.content.decode()
        assert "they pay all of it, and no card is needed" in html
        assert f"/cards/add?next={page(asked)}" in html
        assert 'name="points" value="12800"' in html

    def test_too_few_of_them_and_no_card_lead_to_a_card(self, visit, asked, till, bob, komorebi):
        till.gives_points(bob, komorebi, 12_799)
        html = visit(bob).get(page(asked)).content.decode()
        assert "First, a card" in html

    def test_pay_all_of_it(self, visit, asked, sends, rich, komorebi):
        assert sends(rich, asked, points=12_800).status_code == 303
        paid = Payment.objects.get(pk=asked.id)
        assert (paid.status, paid.points_minor, paid.card_id) == ("captured", 12_800, "")
        html = visit(rich).get(reverse("portal:approve_done", args=[asked.id])).content.decode()
        assert "It is paid" in html
        assert "Your points pay all of it, so no card is used." in html
        assert "4242" not in html

    def test_so_many_at_once_lead_to_a_proof_and_back_with_the_choice(self, visit, asked, rich, till):
        card = till.card(rich).id
        answer = forget_the_proof(visit(rich)).post(
            reverse("portal:approve_offer", args=[asked.id]), {"card": card, "points": "12800", "slider": "12800"}
        )
        assert answer.status_code == 403
        go = urlsplit(answer.json()["go"])
        assert go.path == reverse("account_reauthenticate")
        [back] = parse_qs(go.query)["next"]
        assert back == f"{page(asked)}?card={card}&points=12800&again=yes"
        html = visit(rich).get(back).content.decode()
        assert "Thank you, it is you" in html
        assert "all of it with 12,800 points" in html

    def test_without_a_card_for_the_rest_are_refused_in_words(self, visit, asked, rich):
        answer = visit(rich).post(reverse("portal:approve_offer", args=[asked.id]), {"card": "", "points": "1"})
        assert (answer.status_code, "choose a card" in answer.json()["message"]) == (422, True)


class TestWhatItEarns:
    @pytest.fixture
    def alice(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 12_800)
        till.passkey(alice)
        till.card(alice)
        return alice

    @pytest.fixture
    def campaign(self, komorebi, till):
        """A tenth more, on frames only."""
        terms = Terms(
            name="Frames week",
            kind=CampaignKind.RATE,
            rate_basis_points=1_000,
            categories=("frames",),
            budget=yen(100_000),
        )
        campaign_id, by, now = new_id("cmp"), komorebi.actor, till.now - timedelta(days=1)
        points.create_campaign(campaign_id=campaign_id, merchant_id=komorebi.id, terms=terms, by=by, now=now)
        points.start_campaign(campaign_id=campaign_id, by=by, now=now)

    @pytest.mark.parametrize(
        ("language", "points", "said"),
        [
            ("en", 0, "You will earn 128 points."),
            ("en", 2_800, "You will earn 100 points."),
            ("en", 12_701, "You earn no points with it."),
            ("en", 12_800, "You earn no points with it: what points pay earns none."),
            ("ja", 0, "128ポイントが付きます。"),
        ],
    )
    def test_is_said_for_what_the_card_pays(self, visit, asked, alice, language, points, said):
        answer = visit(alice, language).get(page(asked), {"points": points})
        assert_is_sound(answer, language)
        assert said in answer.content.decode()

    def test_is_asked_again_by_the_script_when_points_change(self, visit, asked, alice):
        earns = reverse("portal:approve_earns", args=[asked.id])
        said = visit(alice).get(earns, {"points": "2800"}).json()
        assert said == {"sentence": "You will earn 100 points.", "parts": []}

    def test_names_campaigns_that_give_more(self, visit, till, alice, komorebi, campaign):
        items = [
            {"name": "Round frame", "quantity": 1, "unit_amount": 10_000, "category": "frames"},
            {"name": "Cloth", "quantity": 1, "unit_amount": 2_000},
        ]
        asked = till.asks(komorebi, 12_000, items=items)
        html = visit(alice).get(page(asked)).content.decode()
        assert "You will earn 1,120 points." in html
        assert "For the purchase: 120 points" in html
        assert "Frames week: 1,000 points" in html

    def test_is_what_is_earned_then(self, visit, sends, till, alice, komorebi, campaign):
        items = [{"name": "Round frame", "quantity": 1, "unit_amount": 12_000, "category": "frames"}]
        asked = till.asks(komorebi, 12_000, items=items)
        said = visit(alice).get(page(asked), {"points": "2000"}).context["earn"].total
        sends(alice, asked, points=2_000)
        till.relay()
        assert points_of(alice.wallet.id, clock.now()).pending == said


class TestTheYes:
    def test_pays_and_leads_back_to_the_shop_by_name(self, visit, sends, till, asked, alice, komorebi):
        answer = sends(alice, asked)
        done = reverse("portal:approve_done", args=[asked.id])
        assert (answer.status_code, answer["Location"]) == (303, done)
        shown = visit(alice).get(done)
        assert_is_sound(shown, "en")
        html = shown.content.decode()
        assert "It is paid" in html
        assert "Back to Komorebi" in html
        assert way_back(html, komorebi.return_url) == {"payment": [asked.id], "state": ["captured"]}
        assert till.network.claims() == 1

    def test_with_points_takes_them_and_the_rest_by_card(self, sends, till, asked, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        assert sends(alice, asked, points=500).status_code == 303
        payment = Payment.objects.get(pk=asked.id)
        assert (payment.points_minor, payment.card_part) == (500, yen(12_300))

    def test_of_a_forged_signature_is_refused_on_the_page_and_moves_nothing(self, sends, till, asked, alice, komorebi):
        answer = sends(alice, asked, origin="https://evil.example")
        assert answer.status_code == 422
        assert "could not be verified" in answer.content.decode()
        assert posted_balance(AccountRef(komorebi.id, AccountKind.MERCHANT_PAYABLE), "JPY") == yen(0)
        assert till.network.asked == []

    @pytest.mark.parametrize("assertion", ["", "{", "[]", '{"id": 1.5}', "null"])
    def test_that_cannot_be_read_is_said_in_words(self, visit, till, asked, alice, assertion):
        till.passkey(alice)
        sent = {"card": till.card(alice).id, "challenge": "chl_x", "assertion": assertion}
        answer = visit(alice).post(reverse("portal:approve_send", args=[asked.id]), sent)
        assert answer.status_code == 422
        assert "did not arrive" in answer.content.decode()

    def test_sent_twice_pays_once(self, visit, sends, till, asked, alice):
        sends(alice, asked)
        again = visit(alice).post(
            reverse("portal:approve_send", args=[asked.id]), {"card": "x", "challenge": "x", "assertion": "{}"}
        )
        assert again.status_code == 303
        assert till.network.claims() == 1

    def test_declined_says_why_and_offers_another_card(self, visit, sends, till, asked, alice):
        till.network.declines("51")
        answer = sends(alice, asked)
        back = visit(alice).get(answer["Location"], follow=True)
        html = back.content.decode()
        assert back.redirect_chain == [(page(asked), 303)]
        assert "limit or balance is not enough" in html
        assert "data-approve-form" in html

    def test_declined_for_good_leads_back_to_the_shop(self, visit, sends, till, asked, alice, komorebi):
        till.network.declines("05")
        for _attempt in range(3):
            answer = sends(alice, asked)
        html = visit(alice).get(answer["Location"]).content.decode()
        assert "Not paid" in html
        assert way_back(html, komorebi.return_url)["state"] == ["declined"]

    def test_without_an_answer_waits_and_tells_nobody_that_it_failed(self, visit, sends, till, asked, alice):
        till.network.falls_silent()
        answer = sends(alice, asked)
        shown = visit(alice).get(answer["Location"])
        html = shown.content.decode()
        assert shown["Refresh"] == "3"
        assert "Please do not pay again" in html
        assert "failed" not in html


class TestTheEnd:
    def test_canceled_is_said_and_the_shop_is_named(self, visit, asked, alice, komorebi):
        browser = visit(alice)
        answer = browser.post(reverse("portal:approve_cancel", args=[asked.id]))
        html = browser.get(answer["Location"]).content.decode()
        assert "This payment was canceled" in html
        assert way_back(html, komorebi.return_url)["state"] == ["canceled"]

    def test_expired_is_said(self, visit, till, komorebi, alice):
        late = till.asks(komorebi, now=clock.now() - timedelta(hours=2))
        shown = visit(alice).get(page(late), follow=True)
        assert "The time is over" in shown.content.decode()

    def test_a_paid_payment_leads_to_what_became_of_it(self, visit, till, alice, komorebi):
        paid = till.buys(alice, komorebi)
        assert visit(alice).get(page(paid))["Location"] == reverse("portal:approve_done", args=[paid.id])

    def test_another_way_leads_to_the_cancel_url(self, visit, till, komorebi, alice):
        asked = till.asks(komorebi, cancel_url=komorebi.return_url)
        html = visit(alice).get(page(asked)).content.decode()
        assert way_back(html, komorebi.return_url) == {"payment": [asked.id], "state": ["requires_approval"]}

    def test_while_confirming_it_cannot_be_canceled_and_the_page_says_what_is(self, visit, till, alice, komorebi):
        till.network.falls_silent()
        unknown = till.buys(alice, komorebi)
        browser = visit(alice)
        answer = browser.post(reverse("portal:approve_cancel", args=[unknown.id]))
        assert "Being confirmed" in browser.get(answer["Location"]).content.decode()


def test_what_a_shop_writes_is_shown_and_not_obeyed(visit, till, alice, komorebi):
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    asked = till.asks(komorebi, description=nasty, items=[{"name": nasty, "quantity": 1, "unit_amount": 12_800}])
    till.card(alice)
    till.passkey(alice)
    answer = visit(alice).get(page(asked))
    assert_is_sound(answer, "en")
    assert "<img src=x" not in answer.content.decode()


def way_back(html, to):
    """The query of the link that leads to the shop."""
    import re
    from html import unescape

    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', html)]
    back = next(link for link in links if link.startswith(to))
    return parse_qs(urlsplit(back).query)


@pytest.mark.parametrize("code", ["51", "05"])
def test_another_card_is_spoken_of_once(visit, till, alice, komorebi, code):
    till.network.declines(code)
    payment = till.buys(alice, komorebi)
    page = visit(alice).get(reverse("portal:approve", args=[payment.id])).content.decode()
    assert page.count("You can try another card.") + page.count("Use another card or ask the card company.") == 1
