"""What strangers send on purpose: it is refused by name, never answered by a bug."""

import re

import pytest

pytestmark = pytest.mark.django_db

BEYOND = 2**53
"""The first whole number that canonical JSON cannot write."""


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/payments?merchant_reference=%00", "merchant_reference"),
        ("/v1/payments?created_from=%00", "created_from"),
        ("/v1/events?subject=order%00", "subject"),
        ("/v1/refunds?payment=%00", "payment"),
        ("/v1/payments?created_from=0001-01-01T00:00:00%2B23:59", "created_from"),
        ("/v1/payments?created_before=9999-12-31T23:59:59-23:59", "created_before"),
    ],
)
def test_a_filter_that_no_database_can_answer_is_refused_by_name(shop, path, field):
    answer = shop.get(path)
    assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (400, [field])


@pytest.mark.parametrize(
    "strange",
    [
        {"amount": BEYOND},
        {"metadata": {"cart": BEYOND}},
        {"items": [{"name": "Glasses", "quantity": BEYOND, "unit_amount": 1}]},
    ],
)
def test_a_number_that_no_canonical_json_holds_is_refused_before_its_key_is_claimed(shop, strange):
    answer = shop.post("/v1/payments", shop.wish(**strange), idempotency="order-1")
    assert (answer.status, answer.body["code"]) == (400, "unreadable_json")
    assert shop.post("/v1/payments", shop.wish(), idempotency="order-1").status == 201


def test_an_unreadable_body_is_refused_on_every_route(shop):
    for path in ("payments", "refunds", "webhook_endpoints", "payments/x/capture", "payments/x/cancel"):
        for raw in (b"[]", b"null", b'"x"', b"[" * 60_000, b'{"a":"\\u0000"}', b'{"\\ud800": 1}'):
            assert shop.call("POST", f"/v1/{path}", raw=raw, idempotency="order-1").status == 400


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"amount": 1, "amount": 2}', "amount"),
        (b'{"amount": 100.5}', "amount"),
        (b'{"amount": 1e3}', "amount"),
        (b'{"amount": NaN}', "amount"),
        (b'{"items": [{"quantity": 1.0}]}', "quantity"),
        (b'{"metadata": {"cart": [[9007199254740993]]}}', "cart"),
    ],
)
def test_what_is_wrong_with_a_number_names_its_member_and_not_its_value(shop, raw, field):
    answer = shop.call("POST", "/v1/payments", raw=raw, idempotency="order-1")
    assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (400, [field])
    assert not any(value in answer.body["detail"] for value in ("100.5", "1e3", "NaN", "1.0", "9007199254740993"))


@pytest.mark.parametrize("raw", [b'{"a": 1, "a": 2}', b'{"a": 1.5}', b'{"a": 9007199254740993}', b"{", b"\xff"])
def test_what_is_wrong_is_said_in_the_readers_language(shop, raw):
    answer = shop.call("POST", "/v1/payments", raw=raw, idempotency="order-1", **{"Accept-Language": "ja"})
    assert answer.body["detail"].startswith("本文をJSONとして受け付けられません：")
    assert not re.search("[A-Za-z]{5,}", answer.body["detail"])


@pytest.mark.parametrize("path", ["/v1/payments", "/v1/nothing-here", "/v1/payments/x"])
def test_every_answer_names_the_version_that_it_speaks(shop, path):
    assert shop.get(path).headers["VaultPay-Version"] == "2026-11-22"
    assert shop.get(path, key="vp_test_sk_wrong").headers["VaultPay-Version"] == "2026-11-22"
