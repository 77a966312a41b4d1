"""A shop's owner writes a points campaign: the preview follows what they type, and is there without JavaScript too."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import seen, settings_of

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house")]

OWNER = "yoko@komorebi.example"
# fmt: off
WORDS = {
    "en": {"waits": "you see here what it would have cost", "cannot": "These terms cannot be tried yet",
           "cost": "It would have cost", "draft": "Kept as a draft.", "start": "Start this campaign?",
           "paused": "Paused. What is bought now earns nothing from it."},
    "ja": {"waits": "ここに費用の試算が表示されます", "cannot": "この条件ではまだ試算できません",
           "cost": "かかったはずの費用", "draft": "下書きとして保存しました。",
           "start": "このキャンペーンを開始しますか？", "paused": "一時停止しました。"},
}
# fmt: on


@pytest.mark.parametrize(
    "look_of", [("ja", "dark", 360), ("en", "light", 1280)], ids=lambda one: "-".join(map(str, one))
)
def test_the_preview_follows_what_is_typed(visit, outside, look_of):
    words, merchant = WORDS[look_of[0]], outside.merchant()["id"]
    owner = visit(**settings_of(*look_of))
    owner.expected |= {422}
    owner.context.add_cookies([{"name": "django_language", "value": look_of[0], "url": outside.base_url}])
    owner.carry(outside.session_of(OWNER))
    assert owner.go(f"/dashboard/{merchant}/points") == 200
    seen(owner, called="campaign/list", look_of=look_of)
    owner.go(f"/dashboard/{merchant}/points/campaigns/new")
    page, preview = owner.page, owner.page.locator("#preview")
    expect(preview).to_contain_text(words["waits"])
    expect(page.locator("[name=rate]")).to_be_visible()
    expect(page.locator("[name=points]")).to_be_hidden()
    page.fill("[name=name]", "Double points")
    page.fill("[name=rate]", "5")
    page.fill("[name=budget]", "100000")
    page.select_option("[name=days]", "30")
    expect(preview).to_contain_text(words["cost"])
    expect(preview.locator("svg[role=img]")).to_be_visible()
    seen(owner, called="campaign/write", look_of=look_of)
    page.select_option("[name=kind]", "fixed")
    expect(preview).to_contain_text(words["cannot"])
    expect(page.locator("[name=rate]")).to_be_hidden()
    page.fill("[name=points]", "100")
    page.fill("[name=minimum_spend]", "500")
    page.locator("[name=minimum_spend]").blur()
    expect(preview).to_contain_text(words["cost"])
    page.click("form#terms .button-main")
    expect(page.locator("main")).to_contain_text(words["draft"])
    seen(owner, called="campaign/draft", look_of=look_of)
    page.click("main .button-main")
    expect(page.locator("h1")).to_have_text(words["start"])
    seen(owner, called="campaign/start", look_of=look_of)
    page.click("main .button-main")
    expect(page.locator("#effect")).to_be_visible()
    seen(owner, called="campaign/running", look_of=look_of)
    # Other stories count what purchases earn.
    page.once("dialog", lambda question: question.accept())
    page.click("form[action$='/pause'] button")
    expect(page.locator("main")).to_contain_text(words["paused"])


def test_a_button_does_the_same_without_javascript(visit, outside):
    owner = visit(language="en", java_script_enabled=False)
    owner.context.add_cookies([{"name": "django_language", "value": "en", "url": outside.base_url}])
    owner.carry(outside.session_of(OWNER))
    owner.go(f"/dashboard/{outside.merchant()['id']}/points/campaigns/new")
    page = owner.page
    page.fill("[name=name]", "Double points")
    page.fill("[name=rate]", "5")
    page.fill("[name=budget]", "100000")
    page.click("button[name=preview]")
    expect(page.locator("#preview")).to_contain_text(WORDS["en"]["cost"])
    expect(page.locator("[name=name]")).to_have_value("Double points")
