"""The card company wants to see that it is its customer: our page, its page, and back, as people do it."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import with_passkey

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house")]

WORDS = {
    "en": ("Your card company asks: is it you?", "Is it you?", "Yes, it is me", "Back to your payment"),
    "ja": ("カード会社による本人確認が必要です", "ご本人ですか", "はい、本人です", "お支払いに戻る"),
}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_customer_confirms_on_the_card_companys_page_and_has_paid(visit, outside, language):
    confirm, asks, yes, back = WORDS[language]
    rika = outside.newcomer("Rika", language=language, cards=("4000002760003184",))
    at_home = visit(language=language, viewport={"width": 360, "height": 780})
    with_passkey(outside, at_home, rika)
    payment_id = at_home.buy()
    at_home.page.click("[data-approve=device]")
    at_home.page.wait_for_url(f"**/pay/{payment_id}/confirm")
    at_home.sees(confirm)
    at_home.sees(outside.demo["issuer_url"].partition("://")[2])
    at_home.page_is_sound()
    at_home.page.click("form[action$='/acs/challenge'] button")
    expect(at_home.page.locator("h1")).to_have_text(asks if language == "ja" else "Is it you?")
    at_home.page.get_by_role("button", name=yes).click()
    at_home.page.get_by_role("button", name=back).click()
    at_home.page.wait_for_url(f"**/pay/{payment_id}/done")
    at_home.page_is_sound()
    assert at_home.return_to_the_shop() == "paid"
    at_home.go(f"/payments/{payment_id}")
    at_home.page_is_sound()


def test_a_customer_turns_back_and_pays_with_another_card(visit, outside):
    saki = outside.newcomer("Saki", cards=("4000002760003184", "3530111333300000"))
    at_home = visit()
    with_passkey(outside, at_home, saki)
    payment_id = at_home.buy()
    at_home.page.check(f"input[value={saki.card('3184')}]")
    at_home.page.click("[data-approve=device]")
    at_home.page.wait_for_url(f"**/pay/{payment_id}/confirm")
    at_home.page.click(f"form[action='/pay/{payment_id}/leave'] button")
    at_home.page.wait_for_url(f"**/pay/{payment_id}")
    at_home.sees("You turned back before your card company had seen you.")
    at_home.page_is_sound()
    at_home.page.check(f"input[value={saki.card('0000')}]")
    at_home.approve()
    assert at_home.return_to_the_shop() == "paid"
    assert outside.payment(payment_id)["card"]["brand"] == "jcb"


def test_a_customer_who_cancels_at_the_card_company_is_asked_for_another_card(visit, outside):
    mika = outside.newcomer("Mika", cards=("4000009900000475",))
    at_home = visit()
    with_passkey(outside, at_home, mika)
    payment_id = at_home.buy()
    at_home.page.click("[data-approve=device]")
    at_home.page.wait_for_url(f"**/pay/{payment_id}/confirm")
    at_home.page.click("form[action$='/acs/challenge'] button")
    at_home.page.get_by_role("button", name="Cancel").click()
    at_home.page.get_by_role("button", name="Back to your payment").click()
    at_home.page.wait_for_url(f"**/pay/{payment_id}")
    at_home.sees("The last try did not work")
    at_home.page_is_sound()
