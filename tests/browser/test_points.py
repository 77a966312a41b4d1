"""Paying with points: any part, all of it, without a card; and the proof that very many at once want."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import seen, settings_of
from tests.browser.visitor import with_passkey

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house")]

# fmt: off
WORDS = {
    "en": {
        "enough": "You have 12,800 points: they pay all of it, and no card is needed.",
        "signs":  "all of it with 12,800 points",
        "part":   "¥9,800 by card and 3,000 points",
        "earn":   "You will earn 128 points.",
        "earn_part": "You will earn 98 points.",
        "no_card": "Points pay all of it: no card is used.",
        "proof":  "Is it you?",
        "back":   "Nothing is paid yet.",
    },
    "ja": {
        "enough": "12,800ポイントをお持ちです。全額をポイントで支払うため、カードは必要ありません。",
        "signs":  "全額を12,800ポイントで",
        "part":   "カードで¥9,800、ポイントで3,000ポイント",
        "earn":   "128ポイントが付きます。",
        "earn_part": "98ポイントが付きます。",
        "no_card": "全額をポイントで支払います。カードは使いません。",
        "proof":  "ご本人の確認",
        "back":   "まだお支払いは行われていません。",
    },
}
# fmt: on


def with_points(outside, name: str, *, language: str, cards=("4242424242424242",), count: int = 12_800):
    """A newcomer who earned these points at the first shop and can spend them at once. In no month that is over: its
    points clearing may have been cut.
    """
    somebody = outside.newcomer(name, language=language, cards=cards)
    outside.inside(
        "from accounts.queries import customer_by_id, wallet_of_customer\n"
        "from common import clock\n"
        "from common.db import transaction\n"
        "from common.ids import new_id\n"
        "from common.money import pts\n"
        "from points import services as points\n"
        "from points.dates import expiry_of\n"
        "from points.lots import add_lot\n"
        f"wallet = wallet_of_customer(customer_by_id({somebody.id!r}))\n"
        "now = clock.now()\n"
        "transaction(add_lot)(wallet_id=wallet.id, source='purchase', source_ref=new_id('cap'), rule_ref='program:1',\n"
        f"    funder={outside.merchant()['id']!r}, amount=pts({count}), payment_id=new_id('pay'), earned_at=now,\n"
        "    available_from=now, expires_at=expiry_of(now, months=12), now=now)\n"
        "points.activate_points(now=now)\n"
        "answer = True"
    )
    return somebody


def forget_the_proof(outside, email: str) -> None:
    """As if they had signed in a while ago."""
    outside.inside(
        "from datetime import timedelta\n"
        "from django.contrib.sessions.backends.db import SessionStore\n"
        "from django.contrib.sessions.models import Session\n"
        "from accounts import sessions\n"
        "from accounts.models import User\n"
        "from common import clock\n"
        f"mine = str(User.objects.get(email={email!r}).pk)\n"
        "for row in Session.objects.all():\n"
        "    store = SessionStore(row.session_key)\n"
        "    if store.get('_auth_user_id') == mine:\n"
        "        sessions.prove(store, now=clock.now() - timedelta(minutes=6))\n"
        "        store.save()\n"
        "answer = True"
    )


def shop_of(outside, payment_id: str) -> str:
    return outside.inside(
        f"from payments.models import Payment\nanswer = Payment.objects.get(pk={payment_id!r}).shop_id"
    )


LOOKS = [("en", "light", 360), ("ja", "dark", 1280)]


@pytest.mark.parametrize("look_of", LOOKS, ids=lambda one: "-".join(map(str, one)))
class TestPayingWithPoints:
    def test_all_of_it_without_any_card(self, visit, outside, look_of):
        words = WORDS[look_of[0]]
        nagi = with_points(outside, "Nagi", language=look_of[0], cards=())
        at_home = visit(**settings_of(*look_of))
        with_passkey(outside, at_home, nagi)
        payment_id = at_home.buy()
        at_home.sees(words["enough"])
        at_home.sees(words["signs"])
        seen(at_home, called="points/no_card", look_of=look_of)
        at_home.approve()
        seen(at_home, called="points/done", look_of=look_of)
        assert at_home.return_to_the_shop() == "paid"
        paid = outside.payment(payment_id)
        assert (paid["status"], paid["card"], paid["points_redeemed"]) == ("captured", None, 12_800)
        assert outside.charges(paid["latest_authorization"]["id"]) == []
        assert outside.points_of(nagi)["live"] == 0
        at_home.go(f"/payments/{payment_id}")
        seen(at_home, called="points/payment", look_of=look_of)
        outside.everything_told()
        at_home.go(f"/payments/{payment_id}/receipt")
        seen(at_home, called="points/receipt", look_of=look_of)
        at_home.go(f"/shops/{shop_of(outside, payment_id)}?spend=25000")
        seen(at_home, called="points/shop", look_of=look_of)

    def test_what_points_change_is_shown_at_once_and_very_many_want_a_proof(self, visit, outside, look_of):
        words = WORDS[look_of[0]]
        kaho = with_points(outside, "Kaho", language=look_of[0])
        at_home = visit(**settings_of(*look_of))
        at_home.expected |= {403}
        with_passkey(outside, at_home, kaho)
        payment_id = at_home.buy()
        page = at_home.page
        at_home.sees(words["earn"])
        page.fill("input[name=points]", "3000")
        at_home.sees(words["part"])
        at_home.sees(words["earn_part"])
        seen(at_home, called="points/part", look_of=look_of)
        page.fill("input[name=points]", "12799")
        page.locator("input[name=points]").blur()
        expect(page.locator("input[name=points]")).to_have_value("12750")
        page.click("[data-all-points]")
        at_home.sees(words["signs"])
        expect(page.locator("[data-no-card]")).to_be_visible()
        at_home.sees(words["no_card"])
        seen(at_home, called="points/all", look_of=look_of)

        forget_the_proof(outside, kaho.email)
        before = outside.codes_so_far(kaho.email)
        page.click("[data-approve=device]")
        page.wait_for_url("**/sign-in/again?**")
        at_home.sees(words["proof"])
        seen(at_home, called="points/proof", look_of=look_of)
        page.click("main form button")
        page.fill("input[name=code]", outside.code_sent_to(kaho.email, before=before))
        page.click("form:has(input[name=code]) button")
        page.wait_for_url(f"**/pay/{payment_id}?**")
        at_home.sees(words["back"])
        at_home.sees(words["signs"])
        seen(at_home, called="points/back", look_of=look_of)
        at_home.approve()
        assert at_home.return_to_the_shop() == "paid"
        assert outside.payment(payment_id)["card"] is None
