"""My rules, a shop's page, and the one button that stops everything."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from accounts import sessions
from accounts.queries import rules_of, wallet_frozen_at
from accounts.rules import ShopRules
from common import clock
from common.actors import SYSTEM
from merchants import services as merchants
from payments.models import Payment
from tests.payments.test_rules import allow, at_shop, freeze
from tests.portal.test_pages import assert_is_sound


def forget_the_proof(browser):
    """Signed in still, and proved too long ago."""
    session = browser.session
    sessions.prove(session, now=clock.now() - timedelta(minutes=6))
    session.save()
    return browser


class TestMyRules:
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_shows_what_is_used_of_each_limit(self, visit, till, alice, komorebi, language):
        allow(alice, per_day_minor=30_000, per_month_minor=100_000)
        at_shop(alice, komorebi, per_month_minor=50_000)
        till.buys(alice, komorebi, 28_400)
        page = visit(alice, language).get("/rules")
        assert_is_sound(page, language)
        text = page.content.decode()
        assert ("¥28,400 of ¥30,000 used today" if language == "en" else "¥28,400") in text
        assert 'value="94"' in text  # the bar of the day
        assert reverse("portal:shop", args=[komorebi.shop.id]) in text

    def test_a_stricter_rule_holds_at_once_without_a_proof(self, visit, alice):
        browser = forget_the_proof(visit(alice))
        answer = browser.post(
            "/rules/change", {"per_day": "¥30,000", "hour_from": "22", "hour_to": "6", "blocked_categories": ["games"]}
        )
        assert (answer.status_code, answer["Location"]) == (303, "/rules")
        rules = rules_of(alice.wallet.id).rules
        assert (rules.per_day_minor, rules.hour_from, rules.hour_to) == (30_000, 22, 6)
        assert rules.blocked_categories == {"games"}

    def test_a_looser_rule_asks_who_it_is_and_comes_back_with_what_was_typed(self, visit, alice):
        allow(alice, per_day_minor=30_000)
        browser = forget_the_proof(visit(alice))
        answer = browser.post("/rules/change", {"per_day": "40000"})
        asked = urlsplit(answer["Location"])
        assert (answer.status_code, asked.path) == (303, reverse("account_reauthenticate"))
        back = parse_qs(asked.query)["next"][0]
        assert urlsplit(back).path == "/rules"
        assert rules_of(alice.wallet.id).rules.per_day_minor == 30_000

        page = browser.get(back)
        assert 'value="40000"' in page.content.decode()
        assert rules_of(alice.wallet.id).rules.per_day_minor == 30_000  # looking changes nothing
        visit(alice).post("/rules/change", {"per_day": "40000"})
        assert rules_of(alice.wallet.id).rules.per_day_minor == 40_000

    @pytest.mark.parametrize("typed", [{"per_day": "-1"}, {"per_day": "1.5"}, {"hour_from": "9"}, {"hour_to": "24"}])
    def test_says_what_is_wrong_with_it(self, visit, alice, typed):
        answer = visit(alice).post("/rules/change", typed)
        assert answer.status_code == 422
        assert "field-error" in answer.content.decode() or "form-error" in answer.content.decode()


class TestTheBrake:
    def test_stops_everything_with_one_press_and_says_so_on_every_page(self, visit, till, alice, komorebi):
        waiting = till.asks(komorebi)
        till.card(alice)
        till.passkey(alice)
        browser = forget_the_proof(visit(alice))
        assert browser.post("/rules/freeze").status_code == 303
        assert wallet_frozen_at(alice.customer) is not None
        for page in ("/home/", "/payments", "/cards", "/points", "/shops", "/rules", "/security", "/settings"):
            assert "Your wallet is frozen" in browser.get(page).content.decode(), page
        approving = browser.get(f"/pay/{waiting.id}").content.decode()
        assert "Your wallet is frozen" in approving
        assert "data-approve" not in approving  # no passkey is asked for what could not pass

    def test_is_let_go_only_after_a_proof(self, visit, alice):
        freeze(alice)
        answer = forget_the_proof(visit(alice)).post("/rules/unfreeze")
        assert urlsplit(answer["Location"]).path == reverse("account_reauthenticate")
        assert wallet_frozen_at(alice.customer) is not None
        visit(alice).post("/rules/unfreeze")
        assert wallet_frozen_at(alice.customer) is None

    def test_stands_on_home_and_security_in_reach(self, visit, alice):
        for page in ("/home/", "/security"):
            assert reverse("portal:wallet_freeze") in visit(alice).get(page).content.decode()


class TestApproving:
    def test_says_which_rule_before_the_passkey_is_asked(self, visit, till, alice, komorebi):
        till.card(alice)
        till.passkey(alice)
        allow(alice, per_day_minor=30_000)
        till.buys(alice, komorebi, 28_400)
        payment = till.asks(komorebi, 5_000)
        text = visit(alice).get(f"/pay/{payment.id}").content.decode()
        assert "This is over your limit of ¥30,000 per day; ¥28,400 used today." in text
        assert "data-approve" not in text

    def test_an_offer_that_a_rule_forbids_says_why(self, visit, till, alice, komorebi):
        card = till.card(alice)
        till.passkey(alice)
        payment = till.asks(komorebi, 5_000)
        allow(alice, per_payment_minor=4_000)
        answer = visit(alice).post(f"/pay/{payment.id}/offer", {"card": card.id, "points": "0"})
        assert answer.status_code == 422
        assert answer.json()["message"] == "This is over your limit of ¥4,000 per payment."


class TestShopPage:
    def test_opens_in_both_languages(self, visit, till, alice, komorebi):
        till.buys(alice, komorebi)
        page = reverse("portal:shop", args=[komorebi.shop.id])
        assert_is_sound(visit(alice).get(page), "en")
        assert_is_sound(visit(alice, "ja").get(page), "ja")

    def test_of_a_closed_shop_is_for_who_has_to_do_with_it(self, visit, till, alice, mallory, komorebi):
        till.buys(alice, komorebi)
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="Why.", by=SYSTEM, now=clock.now())
        page = reverse("portal:shop", args=[komorebi.shop.id])
        text = visit(alice).get(page).content.decode()
        assert "This shop takes no payments at the moment." in text
        assert visit(mallory).get(page).status_code == 404

    def test_is_for_who_only_gave_a_permission_too(self, visit, till, alice, komorebi):
        till.allows(alice, komorebi)
        assert visit(alice).get(reverse("portal:shop", args=[komorebi.shop.id])).status_code == 200

    @pytest.mark.parametrize(
        ("spend", "said"),
        [
            ("", "You will earn 10 points."),
            ("?spend=25000", "You will earn 250 points."),
            ("?spend=99", "You earn no points with it."),
            ("?spend=x", "You will earn 10 points."),
        ],
    )
    def test_says_what_a_purchase_here_would_earn(self, visit, till, alice, komorebi, spend, said):
        till.buys(alice, komorebi)
        answer = visit(alice).get(reverse("portal:shop", args=[komorebi.shop.id]) + spend)
        assert_is_sound(answer, "en")
        assert said in answer.content.decode()

    def test_blocks_at_once_and_unblocks_after_a_proof(self, visit, till, alice, komorebi):
        till.buys(alice, komorebi)
        browser = forget_the_proof(visit(alice))
        browser.post(reverse("portal:shop_block", args=[komorebi.shop.id]))
        assert rules_of(alice.wallet.id).at(komorebi.id).blocked
        browser.post(reverse("portal:shop_unblock", args=[komorebi.shop.id]))
        assert rules_of(alice.wallet.id).at(komorebi.id).blocked
        visit(alice).post(reverse("portal:shop_unblock", args=[komorebi.shop.id]))
        assert not rules_of(alice.wallet.id).at(komorebi.id).blocked

    def test_keeps_the_block_when_limits_change(self, visit, till, alice, komorebi):
        till.buys(alice, komorebi)
        at_shop(alice, komorebi, blocked=True)
        visit(alice).post(
            reverse("portal:shop_limit", args=[komorebi.shop.id]), {"per_payment": "500", "per_month": ""}
        )
        assert rules_of(alice.wallet.id).at(komorebi.id) == ShopRules(blocked=True, per_payment_minor=500)

    def test_cancels_all_that_is_open_and_says_what_is_not_known(self, visit, till, alice, komorebi):
        held = till.buys(alice, komorebi, 3_000, capture_method="manual")
        paid = till.buys(alice, komorebi, 2_000)
        till.network.falls_silent()
        lost = till.buys(alice, komorebi, 1_000, capture_method="manual")
        page = visit(alice).post(reverse("portal:shop_cancel_all", args=[komorebi.shop.id]), follow=True)
        text = page.content.decode()
        assert "1 open payment was canceled." in text
        assert "Of 1 payment nobody knows yet what became of it" in text
        assert reverse("portal:payment", args=[lost.id]) in text
        seen = {row.id: row.status for row in Payment.objects.all()}
        assert seen == {held.id: "canceled", paid.id: "captured", lost.id: "processing"}
