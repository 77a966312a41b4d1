"""Buying glasses, as people do it: in a browser, in both languages, with a passkey that signs amount and payee."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import with_passkey
from tests.outside import until

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house")]

PAID = {"ja": "お支払い済み", "en": "Paid"}
SIGNS = {"ja": "12,800", "en": "Your passkey signs ¥12,800 to Komorebi Glasses."}
NOT_FOUND = {"ja": "見つかりません", "en": "not found"}


@pytest.mark.parametrize("language", ["ja", "en"])
class TestPurchase:
    def test_a_customer_buys_and_the_shop_shows_paid(self, visit, outside, language):
        hanako = outside.customer({"ja": "ken@example.com", "en": "emma@example.com"}[language])
        at_home = visit(language=language)
        at_home.bring_a_device()
        payment_id = at_home.buy()
        at_home.page_is_sound()
        at_home.page.click("a[href^='/sign-in']")
        at_home.page_is_sound()
        at_home.sign_in_by_code(hanako.email)
        # No payment passkey on this device yet: make one, and come back.
        at_home.go(f"/security/passkeys/add?next=/pay/{payment_id}")
        at_home.page_is_sound()
        at_home.make_payment_passkey()
        at_home.page.wait_for_url(f"**/pay/{payment_id}")
        at_home.sees(SIGNS[language])
        at_home.page_is_sound()
        at_home.approve()
        at_home.page_is_sound()
        assert at_home.return_to_the_shop() == "paid"
        expect(at_home.page.locator("[data-state]")).to_contain_text(PAID[language])
        paid = outside.payment(payment_id)
        assert (paid["status"], paid["amount_captured"]) == ("captured", 12_800)
        at_home.go(f"/payments/{payment_id}")
        at_home.sees("12,800")
        at_home.page_is_sound()

    def test_somebody_new_comes_from_the_shop_and_returns_to_it_having_paid(self, visit, outside, language):
        email = f"new.{language}@example.com"
        newcomer = visit(language=language)
        newcomer.bring_a_device()
        payment_id = newcomer.buy(slug="akebono")
        newcomer.page.click("a[href^='/sign-up']")
        newcomer.page_is_sound()
        before = outside.codes_so_far(email)
        newcomer.page.fill("input[name=email]", email)
        newcomer.page.click("form[action='/sign-up'] button")
        newcomer.page.wait_for_selector("input[name=code]")
        newcomer.page_is_sound()
        newcomer.enter_code(email, before=before)

        newcomer.page.wait_for_url(f"**/pay/{payment_id}")
        newcomer.page.click("a[href^='/welcome']")
        newcomer.page_is_sound()
        newcomer.page.fill("input[name=display_name]", {"ja": "新井 朝子", "en": "Asako Arai"}[language])
        newcomer.page.click("form[action='/welcome'] button")

        newcomer.page.wait_for_url(f"**/pay/{payment_id}")
        newcomer.page_is_sound()
        newcomer.page.click("a[href^='/cards/add']")
        newcomer.page_is_sound()
        newcomer.add_card("4242424242424242")
        newcomer.page.wait_for_url(f"**/pay/{payment_id}")

        newcomer.page.click("a[href^='/security/passkeys/add']")
        newcomer.make_payment_passkey()
        newcomer.page.wait_for_url(f"**/pay/{payment_id}")
        newcomer.approve()
        assert newcomer.return_to_the_shop() == "paid"
        assert outside.payment(payment_id)["card"] == {"brand": "visa", "last4": "4242"}


class TestOtherWays:
    def test_a_software_passkey_of_the_sandbox_approves_too(self, visit, outside):
        nao = outside.newcomer("Nao")
        at_home = visit()
        at_home.carry(outside.session_of(nao.email))
        payment_id = at_home.buy()
        at_home.go(f"/security/passkeys/add?next=/pay/{payment_id}")
        at_home.make_payment_passkey(way="software")
        at_home.page.wait_for_url(f"**/pay/{payment_id}")
        at_home.approve(way="software")
        assert at_home.return_to_the_shop() == "paid"

    def test_a_passkey_signs_in(self, visit, outside):
        rin = outside.newcomer("Rin")
        at_home = visit()
        at_home.bring_a_device()
        at_home.carry(outside.session_of(rin.email))
        at_home.go("/security/sign-in-passkeys/add")
        at_home.page.fill("input[name=name]", "Laptop")
        with at_home.page.expect_navigation():
            at_home.page.click("[data-passkey-real]")
        at_home.page.wait_for_url(re.compile("/security"))
        at_home.go("/sign-out")
        at_home.page.click("form[action='/sign-out'] button")
        payment_id = at_home.buy()
        at_home.page.click("a[href^='/sign-in']")
        at_home.page.click("[data-passkey-real]")
        at_home.page.wait_for_url(f"**/pay/{payment_id}")
        expect(at_home.page.locator("form[data-approve-form], .ways-3").first).to_be_visible()


class TestSecrets:
    def test_a_card_number_leaves_the_browser_only_sealed(self, visit, outside):
        ema = outside.newcomer("Ema", cards=())
        at_home = visit()
        at_home.carry(outside.session_of(ema.email))
        sent = []
        at_home.page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
        at_home.go("/cards/add")
        at_home.add_card("5200828282828210", code="731")
        at_home.sees("8210")
        assert any("sealed=" in one for one in sent)
        digits = [re.sub(r"[^0-9A-Za-z&=]", "", one) for one in sent]
        assert not [one for one in digits if "5200828282828210" in one or "=731&" in one or one.endswith("=731")]


class TestWhatMayGoWrong:
    def test_a_declined_card_then_another_one(self, visit, outside):
        mei = outside.newcomer("Mei", cards=("4000000000009995", "3530111333300000"))
        at_home = visit()
        with_passkey(outside, at_home, mei)
        payment_id = at_home.buy()
        at_home.page.check(f"input[value={mei.card('9995')}]")
        at_home.page.click("[data-approve=device]")
        at_home.sees("The last try did not work")
        at_home.page_is_sound()
        at_home.page.check(f"input[value={mei.card('0000')}]")
        at_home.approve()
        assert at_home.return_to_the_shop() == "paid"
        assert outside.payment(payment_id)["card"]["brand"] == "jcb"

    def test_points_pay_a_part_and_come_back_with_the_refund(self, visit, outside):
        hanako = outside.customer("hanako@example.com")
        at_home = visit()
        with_passkey(outside, at_home, hanako)
        before = outside.points_of(hanako)["live"]
        payment_id = at_home.buy(slug="mebuki")
        at_home.page.fill("input[name=points]", "50")
        at_home.sees("¥9,750")
        at_home.approve()
        assert at_home.return_to_the_shop() == "paid"
        assert outside.payment(payment_id)["points_redeemed"] == 50
        outside.refund(payment_id)
        until(lambda: outside.points_of(hanako)["live"] == before)

    def test_an_approval_that_comes_too_late_pays_nothing(self, visit, outside):
        tama = outside.newcomer("Tama")
        at_home = visit()
        with_passkey(outside, at_home, tama)
        payment = outside.new_payment(4_217)
        at_home.go(f"/pay/{payment['id']}")
        outside.advance(31 * 60)
        # The session of somebody who was away for half an hour is over too: signing in again changes nothing.
        at_home.carry(outside.session_of(tama.email))
        at_home.expected |= {422}
        at_home.page.click("[data-approve=device]")
        expect(at_home.page.locator("[data-says]")).to_be_visible()
        until(lambda: outside.payment(payment["id"])["status"] == "expired")
        at_home.go(f"/pay/{payment['id']}")
        at_home.sees("The time is over")
        at_home.page_is_sound()
        assert not [row for row in outside.charges() if row["amount"] == 4_217]

    def test_a_canceled_payment_is_told_to_the_shop(self, visit, outside):
        sora = outside.newcomer("Sora")
        at_home = visit()
        with_passkey(outside, at_home, sora)
        payment_id = at_home.buy()
        at_home.page.click(f"form[action='/pay/{payment_id}/cancel'] button")
        at_home.sees("This payment was canceled")
        assert at_home.return_to_the_shop() == "not_paid"
        assert outside.payment(payment_id)["status"] == "canceled"

    @pytest.mark.parametrize("language", ["ja", "en"])
    def test_somebody_elses_payment_and_card_are_not_there(self, visit, outside, language):
        emma, mallory = outside.customer("emma@example.com"), outside.newcomer("Mallory")
        payment = outside.new_payment(1_100)
        outside.approve(payment["id"], emma)
        at_home = visit(language=language)
        at_home.expected |= {404}
        at_home.carry(outside.session_of(mallory.email))
        # The reader's language is the one that they chose, so they choose it here.
        at_home.context.add_cookies([{"name": "django_language", "value": language, "url": outside.base_url}])
        for path in (
            f"/payments/{payment['id']}",
            f"/pay/{payment['id']}",
            f"/cards/{emma.cards[0]['id']}",
            "/cards/card_00000000000000000000000000",
        ):
            answer = at_home.page.goto(f"{outside.base_url}{path}")
            assert answer.status == 404, path
            at_home.page_is_sound()
            assert re.search("1,100|Emma", at_home.page.inner_text("body")) is None

    def test_a_frozen_card_pays_nothing_until_it_is_released(self, visit, outside):
        yuki = outside.newcomer("Yuki")
        at_home = visit()
        with_passkey(outside, at_home, yuki)
        card = yuki.cards[0]["id"]
        at_home.go(f"/cards/{card}")
        at_home.page.click("summary:has-text('Freeze this card')")
        at_home.page.click(f"form[action='/cards/{card}/freeze'] button")
        expect(at_home.page.locator(f"form[action='/cards/{card}/unfreeze'] button")).to_be_visible()
        at_home.page_is_sound()
        payment_id = at_home.buy()
        at_home.sees("None of your cards can pay now")
        assert outside.approve(payment_id, yuki, card=card).status_code >= 400
        at_home.go(f"/cards/{card}")
        at_home.page.click(f"form[action='/cards/{card}/unfreeze'] button")
        expect(at_home.page.locator(f"form[action='/cards/{card}/freeze'] button")).to_be_attached()
        at_home.go(f"/pay/{payment_id}")
        at_home.approve()
        assert at_home.return_to_the_shop() == "paid"


class TestRefund:
    @pytest.mark.parametrize("language", ["ja", "en"])
    def test_the_shop_gives_back_and_the_customer_sees_it(self, visit, outside, language):
        aki = outside.newcomer("Aki", language=language)
        at_home = visit(language=language)
        with_passkey(outside, at_home, aki)
        payment_id = at_home.buy(slug="kawara")
        at_home.approve()
        assert at_home.return_to_the_shop() == "paid"
        order = at_home.page.url
        number = outside.payment(payment_id)["merchant_reference"]

        behind_the_counter = visit(language=language)
        behind_the_counter.go(f"{outside.shop_url()}/backoffice")
        behind_the_counter.page.click(f"form[action='/backoffice/{number}/refund'] button")
        until(lambda: outside.payment(payment_id)["amount_refunded"] == 15_400)

        at_home.go(order)
        assert at_home.page.get_attribute("[data-state]", "data-state") == "refunded"
        at_home.go(f"/payments/{payment_id}")
        at_home.sees({"ja": "返金", "en": "efund"}[language])
        at_home.page_is_sound()

    @pytest.mark.parametrize("language", ["ja", "en"])
    def test_the_merchant_gives_back_from_the_dashboard(self, visit, outside, language):
        aoi = outside.newcomer("Aoi", language=language)
        payment = outside.new_payment(15_400)
        outside.approve(payment["id"], aoi)
        merchant = outside.merchant()["id"]
        owner = visit(language=language, viewport={"width": 1280, "height": 800})
        owner.carry(outside.session_of("yoko@komorebi.example"))
        owner.context.add_cookies([{"name": "django_language", "value": language, "url": outside.base_url}])
        here = f"/dashboard/{merchant}/payments/{payment['id']}"
        owner.go(here)
        owner.page_is_sound()
        owner.page.click(f"a[href='{here}/refund']")
        owner.page_is_sound()
        owner.page.click(f"form[action='{here}/refund'] button")
        owner.page.wait_for_url(f"**{here}")
        until(lambda: outside.payment(payment["id"])["amount_refunded"] == 15_400)
        owner.page_is_sound()

        customer = visit(language=language)
        customer.carry(outside.session_of(aoi.email))
        customer.go(f"/payments/{payment['id']}")
        customer.sees({"ja": "返金", "en": "efund"}[language])
        until(lambda: any("15,400" in mail["subject"] + mail["text"] for mail in outside.mails(aoi.email)))
