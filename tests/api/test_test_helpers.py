"""What only a sandbox has: approving as a demo person, and a clock that goes forward."""

import pytest
from django.urls import NoReverseMatch, reverse

from payments.models import Approval

pytestmark = pytest.mark.django_db


def asked(shop):
    return shop.post("/v1/payments", shop.wish()).body


class TestApproving:
    def test_goes_through_the_very_same_verification(self, shop, till, alice):
        payment, card = asked(shop), till.card(alice)
        path = f"/v1/test_helpers/payments/{payment['id']}/approve"
        answer = shop.post(path, {"customer": alice.customer.id, "card": card.id, "points": 0})
        assert (answer.status, answer.body["status"]) == (200, "captured")
        assert Approval.objects.get().payment_id == payment["id"]

    def test_says_when_the_issuer_says_no(self, shop, till, alice):
        card = till.card(alice)
        till.network.declines("51")
        path = f"/v1/test_helpers/payments/{asked(shop)['id']}/approve"
        answer = shop.post(path, {"customer": alice.customer.id, "card": card.id})
        assert answer.body["status"] == "requires_approval"
        assert answer.body["latest_authorization"]["decline_code"] == "insufficient_funds"

    def test_refuses_a_card_of_somebody_else(self, shop, till, alice, bob):
        card, path = till.card(bob), f"/v1/test_helpers/payments/{asked(shop)['id']}/approve"
        answer = shop.post(path, {"customer": alice.customer.id, "card": card.id})
        assert (answer.status, answer.body["code"]) == (404, "card_not_found")

    def test_refuses_a_payment_of_another_shop(self, shop, other_shop, till, alice):
        path = f"/v1/test_helpers/payments/{asked(shop)['id']}/approve"
        assert other_shop.post(path, {"customer": alice.customer.id}).status == 404


def test_the_clock_goes_forward(shop, settings, tmp_path):
    settings.VAULTPAY_CLOCK_FILE = tmp_path / "clock"
    assert shop.post("/v1/test_helpers/clock/advance", {"seconds": 3_600}).body["offset_seconds"] == 3_600
    assert shop.post("/v1/test_helpers/clock/advance", {"seconds": -1}).status == 400


def test_a_live_instance_does_not_have_them(live_urls):
    with pytest.raises(NoReverseMatch):
        reverse("test_helper_approve", args=["pay_1"])


@pytest.fixture
def live_urls(settings):
    """The URL configuration as a live instance builds it."""
    import importlib

    from django.urls import clear_url_caches

    import vaultpay.urls

    settings.SANDBOX = False
    importlib.reload(vaultpay.urls)
    clear_url_caches()
    yield
    settings.SANDBOX = True
    importlib.reload(vaultpay.urls)
    clear_url_caches()
