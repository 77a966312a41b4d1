"""Ask as often as you like: the same key and question happen once, and answer the same."""

import json
from datetime import timedelta

import pytest

from common import clock
from events.models import IdempotencyRecord
from payments.models import Payment
from tests.api.conftest import ShopServer
from tests.conftest import together

pytestmark = pytest.mark.django_db


class TestTheSameKey:
    def test_and_question_get_the_same_answer_and_one_payment(self, shop):
        wish = shop.wish()
        first = shop.post("/v1/payments", wish, idempotency="a")
        again = shop.post("/v1/payments", dict(reversed(wish.items())), idempotency="a")
        assert (again.status, again.body) == (first.status, first.body)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize("change", [{"amount": 12_801}, {"description": "x"}])
    def test_and_another_question_is_refused(self, shop, change):
        wish = shop.wish()
        shop.post("/v1/payments", wish, idempotency="a")
        answer = shop.post("/v1/payments", wish | change, idempotency="a")
        assert (answer.status, answer.body["code"]) == (422, "idempotency_key_reused")

    def test_at_another_address_is_another_question(self, shop):
        payment = shop.post("/v1/payments", shop.wish(), idempotency="a").body
        assert shop.post(f"/v1/payments/{payment['id']}/cancel", idempotency="a").status == 422

    def test_of_another_shop_is_another_key(self, shop, other_shop):
        shop.post("/v1/payments", shop.wish(), idempotency="a")
        wish = shop.wish(return_url="https://fly-by-night.example/thanks")
        assert other_shop.post("/v1/payments", wish, idempotency="a").status == 201

    def test_stays_free_when_nothing_was_begun(self, shop):
        assert shop.post("/v1/payments", shop.wish(amount=0), idempotency="a").status == 400
        assert shop.post("/v1/payments", shop.wish(), idempotency="a").status == 201

    def test_keeps_a_refusal_that_came_after_work_began(self, shop):
        shop.post("/v1/payments", shop.wish(merchant_reference="order-1"))
        wish = shop.wish(merchant_reference="order-1")
        first = shop.post("/v1/payments", wish, idempotency="a")
        again = shop.post("/v1/payments", wish, idempotency="a")
        assert (first.status, again.status, again.headers["Idempotency-Replayed"]) == (409, 409, "true")
        assert again.body == first.body
        assert again.headers["Content-Type"] == "application/problem+json"

    def test_after_a_bug_of_ours_goes_on_from_the_last_committed_step(self, shop, monkeypatch):
        wish = shop.wish()
        with monkeypatch.context() as broken:
            broken.setattr("api.v1.payments.payment_json", lambda _payment: 1 // 0)
            answer = shop.post("/v1/payments", wish, idempotency="a")
        assert (answer.status, answer.body["code"]) == (500, "internal_error")
        made = Payment.objects.get()
        again = shop.post("/v1/payments", wish, idempotency="a")
        assert (again.status, again.body["id"]) == (201, made.id)
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize("call", ["cancel", "capture", "refund"])
    def test_after_a_crash_hears_that_its_own_work_is_done(self, shop, till, alice, komorebi, monkeypatch, call):
        """The effect was committed, the answer was not: the shop must not hear that it is too late for what it did."""
        payment = till.buys(alice, komorebi, capture_method="automatic" if call == "refund" else "manual")
        till.relay()
        path, body = f"/v1/payments/{payment.id}/{call}", {}
        if call == "refund":
            path, body = "/v1/refunds", {"payment": payment.id}
        with monkeypatch.context() as broken:
            broken.setattr("api.v1.payments.payment_json", lambda _payment: 1 // 0)
            broken.setattr("api.v1.refunds.refund_json", lambda _refund: 1 // 0)
            assert shop.post(path, body, idempotency="a").status == 500
        again = shop.post(path, body, idempotency="a")
        done = {"cancel": (200, "canceled"), "capture": (200, "captured"), "refund": (201, "succeeded")}
        assert (again.status, again.body["status"]) == done[call]
        other = shop.post(path, body, idempotency="b")
        assert other.status in {409, 422}

    def test_while_the_first_is_running_is_told_to_wait(self, shop, komorebi):
        wish = shop.wish()
        shop.post("/v1/payments", wish, idempotency="a")
        IdempotencyRecord.objects.update(finished_at=None, status=None, leased_until=clock.now() + timedelta(minutes=1))
        answer = shop.post("/v1/payments", wish, idempotency="a")
        assert (answer.status, answer.body["code"]) == (409, "idempotency_key_in_progress")
        assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "tab\there"])
def test_a_key_that_is_none_is_refused(shop, key):
    headers = {"idempotency": key.encode().decode("latin-1")} if key else {"idempotency": ""}
    answer = shop.call("POST", "/v1/payments", shop.wish(), **headers)
    assert (answer.status, answer.body["code"]) == (400, "idempotency_key_missing")


@pytest.mark.django_db(transaction=True)
def test_eight_hands_with_the_same_key_make_one_payment(komorebi):
    wish = ShopServer(komorebi.key).wish()
    answers = together(*[lambda: ShopServer(komorebi.key).post("/v1/payments", wish, idempotency="a")] * 8)
    assert {answer.status for answer in answers} <= {201, 409}
    made = {json.dumps(answer.body, sort_keys=True) for answer in answers if answer.status == 201}
    assert len(made) == Payment.objects.count() == 1
