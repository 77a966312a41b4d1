import json
from types import SimpleNamespace

import pytest
from django.test import Client

from tests.api.described import what_is_wrong
from tests.payments.conftest import network, till  # noqa: F401 (the same counter, seen from outside)


class ShopServer:
    """A merchant's server: it knows a secret key and the API, and nothing else.

    Every answer that it gets is held against the description: whatever a story is about, this it proves too.
    """

    def __init__(self, key):
        self.key, self.http, self.asked = key, Client(raise_request_exception=False), 0

    def call(self, method, path, body=None, *, raw=None, key=None, idempotency="", **headers):
        sent = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        known = {"Authorization": f"Bearer {self.key if key is None else key}", "Accept-Language": "en"}
        if idempotency:
            known["Idempotency-Key"] = idempotency
        answer = self.http.generic(
            method, path, sent, content_type=headers.pop("content_type", "application/json"), headers=known | headers
        )
        body = answer.json() if answer.content else None
        wrong = what_is_wrong(method, path, status=answer.status_code, headers=answer.headers, body=body)
        assert not wrong, f"{method} {path} is not what /v1/openapi.json says: {wrong}"
        return SimpleNamespace(status=answer.status_code, headers=answer.headers, body=body)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        self.asked += 1
        return self.call("POST", path, {} if body is None else body, **{"idempotency": f"key-{self.asked}"} | options)

    def patch(self, path, body):
        return self.call("PATCH", path, body)

    def delete(self, path):
        return self.call("DELETE", path)

    def wish(self, **changes):
        self.asked += 1
        known = {
            "amount": 12_800,
            "currency": "JPY",
            "merchant_reference": f"order-{self.asked}",
            "return_url": "https://komorebi.example/thanks",
            "items": [{"name": "丸眼鏡", "quantity": 1, "unit_amount": 12_800}],
        }
        return {name: value for name, value in (known | changes).items() if value is not ...}


@pytest.fixture
def shop(komorebi):
    return ShopServer(komorebi.key)


@pytest.fixture
def other_shop(fly_by_night):
    return ShopServer(fly_by_night.key)
