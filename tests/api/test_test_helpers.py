"""What only a sandbox has: approving as a demo person, and a clock that goes forward."""

from types import SimpleNamespace

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


class TestTheNetwork:
    @pytest.fixture
    def host(self, monkeypatch, settings):
        """A network host whose answers the story gives, one by one."""
        settings.ENV = settings.ENV.model_copy(update={"network_url": "http://network.test"})
        asked, answers = [], []

        def post(url, *, json, timeout):
            asked.append((url, json))
            return SimpleNamespace(status_code=answers[0][0], text=str(answers[0][1]), json=lambda: answers.pop(0)[1])

        monkeypatch.setattr("vaultpay.played_network.requests.post", post)
        monkeypatch.setattr("vaultpay.played_network._SECONDS", 0)
        return SimpleNamespace(asked=asked, answers=answers)

    def test_is_broken_and_says_how_it_stands(self, shop, host):
        said = {"links": 2, "silence_seconds": 30.0, "refuse_links_seconds": 0, "heal": False}
        host.answers.append((200, said))
        answer = shop.post("/v1/test_helpers/network/faults", {"silence_seconds": 30})
        assert (answer.status, answer.body) == (200, {"object": "network_faults", **said})
        assert host.asked == [("http://network.test/faults", {"drop_links": False, "silence_seconds": 30})]

    @pytest.mark.parametrize("body", [{"silence_seconds": 3_601}, {"silence": 1}, {"heal": "yes"}])
    def test_is_not_broken_by_what_it_does_not_know(self, shop, host, body):
        assert shop.post("/v1/test_helpers/network/faults", body).status == 400
        assert not host.asked

    def test_a_dispute_waits_until_the_capture_has_come_there(self, shop, till, alice, komorebi, host, monkeypatch):
        paid = till.buys(alice, komorebi)
        sent = []
        monkeypatch.setattr("vaultpay.played_network._SECONDS", 5)
        monkeypatch.setattr(
            "vaultpay.played_network.payments.send_advices", lambda _now: sent.append(host.answers.pop(0))
        )
        host.answers += [(404, "There is no such captured charge."), (400, "The amount is too large.")]
        answer = shop.post(f"/v1/test_helpers/payments/{paid.id}/dispute", {})
        assert (answer.body["code"], len(sent), len(host.asked)) == ("network_not_played", 1, 2)
        assert "The amount is too large." in answer.body["detail"]

    def test_a_dispute_says_what_it_waits_for(self, shop, till, alice, komorebi, host):
        host.answers.append((404, "There is no such captured charge."))
        paid, held = till.buys(alice, komorebi), till.buys(alice, komorebi, capture_method="manual")
        for payment, why in ((paid, "has not reached it yet"), (held, "nothing of this payment was captured")):
            answer = shop.post(f"/v1/test_helpers/payments/{payment.id}/dispute", {})
            assert (answer.body["code"], why in answer.body["detail"]) == ("network_not_played", True)


def test_the_clock_goes_forward(shop, settings, tmp_path):
    settings.VAULTPAY_CLOCK_FILE = tmp_path / "clock"
    assert shop.post("/v1/test_helpers/clock/advance", {"seconds": 3_600}).body["offset_seconds"] == 3_600
    assert shop.post("/v1/test_helpers/clock/advance", {"seconds": -1}).status == 400


def test_a_live_instance_does_not_have_them(live_urls):
    for page, about in (("test_helper_approve", "pay_1"), ("test_tools:show", "mer_1")):
        with pytest.raises(NoReverseMatch):
            reverse(page, args=[about])


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
