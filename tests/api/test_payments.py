"""Payments as a shop's server meets them: asked for, looked at, listed, taken, let go, given back."""

from datetime import timedelta
from itertools import count

import pytest

from common.ids import new_id
from payments.queries import payment_of_merchant
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def from_noon_on(monkeypatch):
    """A clock that ticks once each time it is read, so that what comes later has a later id."""
    ticks = count()
    monkeypatch.setattr("common.clock.now", lambda: NOON + timedelta(milliseconds=next(ticks)))


def asked(shop, **changes):
    answer = shop.post("/v1/payments", shop.wish(**changes))
    assert answer.status == 201, answer.body
    return answer.body


class TestAskingForAPayment:
    def test_answers_where_to_send_the_buyer(self, shop):
        payment = asked(shop, description="Glasses", metadata={"cart": "7"})
        assert payment["status"] == "requires_approval"
        assert payment["checkout_url"] == f"http://localhost:8000/pay/{payment['id']}"
        assert (payment["amount"], payment["currency"], payment["livemode"]) == (12_800, "JPY", False)
        assert payment["metadata"] == {"cart": "7"}
        assert payment["card"] is None
        assert payment["latest_authorization"] is None

    def test_says_its_version_and_names_the_request(self, shop):
        answer = shop.post("/v1/payments", shop.wish())
        assert answer.headers["VaultPay-Version"] == "2026-11-22"
        assert answer.headers["Request-Id"].startswith("req_")
        assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": "12800"}, "amount"),
            ({"amount": 0}, "amount"),
            ({"amount": -1}, "amount"),
            ({"amount": True}, "amount"),
            ({"amount": 10**12 + 1}, "amount"),
            ({"amount": None}, "amount"),
            ({"amount": ...}, "amount"),
            ({"currency": "jpy"}, "currency"),
            ({"currency": "XAU"}, "currency"),
            ({"merchant_reference": ""}, "merchant_reference"),
            ({"merchant_reference": "x" * 65}, "merchant_reference"),
            ({"merchant_reference": "a\nb"}, "merchant_reference"),
            ({"return_url": "komorebi.example"}, "return_url"),
            ({"return_url": "javascript:alert(1)"}, "return_url"),
            ({"items": [{"name": "x", "quantity": 0, "unit_amount": 1}]}, "items[0].quantity"),
            ({"items": [{"name": "x", "quantity": 1}]}, "items[0].unit_amount"),
            ({"items": ["x"]}, "items[0]"),
            ({"items": "x"}, "items"),
            ({"metadata": {"a": 1}}, "metadata"),
            ({"metadata": []}, "metadata"),
            ({"capture_method": "later"}, "capture_method"),
            ({"expires_in": 59}, "expires_in"),
            ({"colour": "green"}, "colour"),
        ],
    )
    def test_names_the_member_that_does_not_fit(self, shop, change, field):
        answer = shop.post("/v1/payments", shop.wish(**change))
        assert answer.status == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.body["code"] == "invalid_request"
        assert [error["field"] for error in answer.body["errors"]] == [field]

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"amount": 1, "amount": 2}',
            b'{"amount": 12.0}',
            b'{"amount": 1e3}',
            b"[[[[[[[[[1]]]]]]]]]",
            b"\xff",
            b"{",
            b"[]",
            b'"x"',
            b"null",
        ],
    )
    def test_refuses_what_is_not_strict_json(self, shop, raw):
        assert shop.post("/v1/payments", raw=raw).status == 400

    def test_refuses_another_content_type_and_a_huge_body(self, shop):
        form = shop.call(
            "POST", "/v1/payments", raw=b"amount=1", content_type="application/x-www-form-urlencoded", idempotency="a"
        )
        assert (form.status, form.body["code"]) == (400, "unsupported_content_type")
        huge = shop.post("/v1/payments", raw=b'{"description": "' + b"x" * 70_000 + b'"}')
        assert (huge.status, huge.body["code"]) == (413, "body_too_large")

    def test_refuses_a_return_url_that_is_not_registered(self, shop):
        answer = shop.post("/v1/payments", shop.wish(return_url="https://mallory.example/thanks"))
        assert (answer.status, answer.body["code"]) == (422, "return_url_not_registered")

    def test_names_the_first_payment_when_a_reference_comes_again(self, shop):
        first = asked(shop, merchant_reference="order-1042")
        again = shop.post("/v1/payments", shop.wish(merchant_reference="order-1042"))
        assert (again.status, again.body["code"]) == (409, "merchant_reference_used")
        assert first["id"] in again.body["detail"]

    def test_speaks_japanese_to_whoever_reads_it(self, shop):
        answer = shop.post("/v1/payments", shop.wish(amount=0), **{"Accept-Language": "ja"})
        assert answer.body["code"] == "invalid_request"
        assert answer.body["title"] == "リクエストを読み取れません。"


class TestTheKey:
    def test_is_needed(self, shop):
        answer = shop.get("/v1/payments", key="")
        assert (answer.status, answer.body["code"]) == (401, "invalid_api_key")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("wrong", ["x", "vp_test_sk_a_b_c", "vp_live_sk_a_b_c", "ключ"])
    def test_has_to_be_right(self, shop, wrong):
        shop.key = wrong.encode().decode("latin-1")
        assert shop.get("/v1/payments").status == 401

    def test_in_the_address_is_refused_though_it_is_right(self, shop):
        answer = shop.get(f"/v1/payments?api_key={shop.key}")
        assert (answer.status, answer.body["code"]) == (400, "key_in_address")

    def test_does_only_what_its_scopes_say(self, shop, komorebi):
        from merchants import services as merchants

        _key, shop.key = merchants.issue_api_key(
            merchant_id=komorebi.id, label="Reader", scopes=["payments:read"], by=komorebi.actor, now=NOON
        )
        assert shop.get("/v1/payments").status == 200
        answer = shop.post("/v1/payments", shop.wish())
        assert (answer.status, answer.body["code"]) == (403, "scope_missing")


class TestAnotherShop:
    def test_sees_nothing_of_it(self, shop, other_shop):
        payment = asked(shop)
        path = f"/v1/payments/{payment['id']}"
        unknown = other_shop.get(f"/v1/payments/{new_id('pay')}")
        for answer in (
            other_shop.get(path),
            other_shop.post(f"{path}/cancel"),
            other_shop.post(f"{path}/capture"),
            other_shop.post("/v1/refunds", {"payment": payment["id"]}),
        ):
            assert (answer.status, answer.body["code"]) == (404, unknown.body["code"])
        assert other_shop.get("/v1/payments").body["data"] == []
        assert other_shop.get("/v1/events").body["data"] == []

    @pytest.mark.parametrize(
        "text", ["x", "pay_", "pay_" + "z" * 26, "%00", "../payments", "card_01jd0000000000000000000000"]
    )
    def test_ids_that_are_none_are_not_there(self, shop, text):
        assert shop.get(f"/v1/payments/{text}").status == 404


class TestALife:
    def test_captured_and_refunded_says_so_in_every_amount(self, shop, till, alice):
        payment = asked(shop)
        till.approve(payment_of_merchant(till_merchant(shop), payment["id"]), alice)
        now = shop.get(f"/v1/payments/{payment['id']}").body
        assert (now["status"], now["amount_captured"], now["amount_refunded"]) == ("captured", 12_800, 0)
        assert now["card"] == {"brand": "visa", "last4": "4242"}
        assert now["latest_authorization"]["status"] == "authorized"
        till.relay()
        refund = shop.post("/v1/refunds", {"payment": payment["id"], "reason": "requested_by_customer"})
        assert (refund.status, refund.body["status"], refund.body["amount"]) == (201, "succeeded", 12_800)
        assert shop.get(f"/v1/payments/{payment['id']}").body["amount_refunded"] == 12_800
        assert shop.get(f"/v1/refunds/{refund.body['id']}").body == refund.body
        assert [row["id"] for row in shop.get("/v1/refunds").body["data"]] == [refund.body["id"]]
        made = refund.body["created_at"]
        for query, found in {
            "status=succeeded": 1, "status=failed": 0, f"created_from={made}": 1, f"created_before={made}": 0,
        }.items():  # fmt: skip
            assert len(shop.get(f"/v1/refunds?{query}").body["data"]) == found, query
        again = shop.post("/v1/refunds", {"payment": payment["id"]})
        assert (again.status, again.body["code"]) == (422, "nothing_to_refund")

    def test_with_manual_capture_waits_for_the_shop(self, shop, till, alice):
        payment = asked(shop, capture_method="manual")
        till.approve(payment_of_merchant(till_merchant(shop), payment["id"]), alice)
        now = shop.get(f"/v1/payments/{payment['id']}").body
        assert (now["status"], now["amount_capturable"]) == ("authorized", 12_800)
        taken = shop.post(f"/v1/payments/{payment['id']}/capture")
        assert (taken.status, taken.body["status"]) == (200, "captured")

    def test_may_be_captured_and_refunded_in_parts(self, shop, till, alice):
        payment = asked(shop, capture_method="manual")
        till.approve(payment_of_merchant(till_merchant(shop), payment["id"]), alice)
        here = f"/v1/payments/{payment['id']}"
        more = shop.post(f"{here}/capture", {"amount": 12_801})
        assert (more.status, more.body["code"]) == (422, "capture_exceeds_authorization")
        part = shop.post(f"{here}/capture", {"amount": 4_000}).body
        assert (part["status"], part["amount_captured"], part["amount_capturable"]) == (
            "partially_captured",
            4_000,
            8_800,
        )
        last = shop.post(f"{here}/capture", {"amount": 6_000, "final": True}).body
        assert [one["amount"] for one in last["captures"]] == [4_000, 6_000]
        assert (last["amount_captured"], last["amount_capturable"], last["amount_released"]) == (10_000, 0, 2_800)
        for call in ("capture", "cancel"):
            over = shop.post(f"{here}/{call}")
            assert (over.status, over.body["code"]) == (409, "wrong_state")
        till.relay()
        refund = shop.post("/v1/refunds", {"payment": payment["id"], "amount": 5_000}).body
        assert [one["amount"] for one in refund["captures"]] == [4_000, 1_000]
        named = {"payment": payment["id"], "capture": last["captures"][1]["id"]}
        too_much = shop.post("/v1/refunds", {**named, "amount": 5_001})
        assert (too_much.status, too_much.body["code"]) == (422, "refund_exceeds_captured")
        assert shop.post("/v1/refunds", named).body["amount"] == 5_000
        seen = shop.get(here).body
        assert (seen["amount_refunded"], [one["amount_refunded"] for one in seen["captures"]]) == (
            10_000,
            [4_000, 6_000],
        )

    def test_a_cancel_lets_go_of_what_is_left(self, shop, till, alice):
        payment = asked(shop, capture_method="manual")
        till.approve(payment_of_merchant(till_merchant(shop), payment["id"]), alice)
        shop.post(f"/v1/payments/{payment['id']}/capture", {"amount": 4_000})
        seen = shop.post(f"/v1/payments/{payment['id']}/cancel").body
        assert (seen["status"], seen["amount_capturable"], seen["amount_released"]) == ("partially_captured", 0, 8_800)

    @pytest.mark.parametrize("final", [1, "true", None])
    def test_final_is_true_or_false(self, shop, till, alice, final):
        payment = asked(shop, capture_method="manual")
        answer = shop.post(f"/v1/payments/{payment['id']}/capture", {"final": final})
        assert (answer.status, answer.body["errors"][0]["field"]) == (400, "final")

    def test_canceled_is_over(self, shop):
        payment = asked(shop)
        assert shop.post(f"/v1/payments/{payment['id']}/cancel").body["status"] == "canceled"
        again = shop.post(f"/v1/payments/{payment['id']}/cancel")
        assert (again.status, again.body["code"]) == (409, "wrong_state")

    def test_never_shows_who_paid(self, shop, till, alice):
        payment = asked(shop)
        till.approve(payment_of_merchant(till_merchant(shop), payment["id"]), alice)
        till.relay()
        seen = str([shop.get(path).body for path in (f"/v1/payments/{payment['id']}", "/v1/payments", "/v1/events")])
        for fact in (alice.customer.id, alice.wallet.id, alice.user.email, "Alice", "tok_"):
            assert fact not in seen


class TestTheList:
    def test_goes_through_pages_forth_and_back(self, shop):
        ids = [asked(shop)["id"] for _ in range(5)][::-1]
        first = shop.get("/v1/payments?limit=2").body
        assert ([row["id"] for row in first["data"]], first["has_more"]) == (ids[:2], True)
        second = shop.get(first["next"]).body
        assert [row["id"] for row in second["data"]] == ids[2:4]
        back = shop.get(f"/v1/payments?limit=2&ending_before={ids[2]}").body
        assert [row["id"] for row in back["data"]] == ids[:2]

    def test_filters(self, shop):
        kept = asked(shop, merchant_reference="order-7")
        gone = asked(shop)
        shop.post(f"/v1/payments/{gone['id']}/cancel")
        for query in ("status=requires_approval", "merchant_reference=order-7"):
            found = shop.get(f"/v1/payments?{query}").body["data"]
            assert [row["id"] for row in found] == [kept["id"]]
        assert shop.get("/v1/payments?created_before=2026-11-22T12:00:00%2B09:00").body["data"] == []
        assert len(shop.get("/v1/payments?created_from=2026-11-22T12:00:00%2B09:00").body["data"]) == 2

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0", "limit=101", "limit=x", "limit=１", "limit=2&limit=3", "starting_after=x", "page=2",
            "status=paid", "created_from=yesterday", "created_from=2026-11-22", "created_before=2026-13-45T00:00:00Z",
        ],
    )  # fmt: skip
    def test_refuses_what_it_does_not_know(self, shop, query):
        answer = shop.get(f"/v1/payments?{query}")
        assert (answer.status, answer.body["code"]) == (400, "invalid_request")


class TestElsewhere:
    def test_an_unknown_address_is_a_problem_document(self, shop):
        for path in ("/v1/", "/v1/nothing", "/v1/payments/", "/v1/test_helpers/nothing"):
            answer = shop.get(path)
            assert (answer.status, answer.body["code"]) == (404, "not_found"), path
        assert shop.call("DELETE", "/v1/payments").body["code"] == "method_not_allowed"

    def test_an_unknown_version_is_refused(self, shop):
        answer = shop.get("/v1/payments", **{"VaultPay-Version": "2020-01-01"})
        assert (answer.status, answer.body["code"]) == (400, "unknown_version")


def till_merchant(shop):
    from merchants.queries import merchant_by_api_key

    return merchant_by_api_key(shop.key, NOON).merchant.id
