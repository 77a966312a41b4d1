"""Where the browser itself shows payee, amount and card, and the passkey signs what it showed (SPC)."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import with_passkey

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house")]

CHROMIUM_FLAGS = (
    "--enable-features=SecurePaymentConfirmationBrowser",
    "--enable-blink-features=SecurePaymentConfirmation",
)


def how_it_was_approved(outside, payment_id: str) -> str:
    return outside.inside(
        f"from payments.models import Approval\nanswer = Approval.objects.get(payment_id={payment_id!r}).kind"
    )


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_passkey_signs_what_the_browser_showed(visit, outside, language):
    sakura = outside.newcomer("Sakura", language=language)
    at_home = visit(language=language)
    at_home.devices.send("Page.setSPCTransactionMode", {"mode": "autoAccept"})
    with_passkey(outside, at_home, sakura)
    payment_id = at_home.buy()
    at_home.approve()
    assert at_home.return_to_the_shop() == "paid"
    assert how_it_was_approved(outside, payment_id) == "payment.get"


def test_who_closes_the_window_has_paid_nothing(visit, outside):
    midori = outside.newcomer("Midori")
    at_home = visit()
    at_home.devices.send("Page.setSPCTransactionMode", {"mode": "autoReject"})
    with_passkey(outside, at_home, midori)
    payment_id = at_home.buy()
    at_home.page.click("[data-approve=device]")
    expect(at_home.page.locator("[data-says]")).to_contain_text("nothing was paid")
    at_home.page_is_sound()
    assert outside.payment(payment_id)["status"] == "requires_approval"


def test_who_wants_another_way_gets_the_plain_passkey(visit, outside):
    izumi = outside.newcomer("Izumi")
    at_home = visit()
    at_home.devices.send("Page.setSPCTransactionMode", {"mode": "autoChooseToAuthAnotherWay"})
    with_passkey(outside, at_home, izumi)
    payment_id = at_home.buy()
    at_home.approve()
    assert at_home.return_to_the_shop() == "paid"
    assert how_it_was_approved(outside, payment_id) == "webauthn.get"
