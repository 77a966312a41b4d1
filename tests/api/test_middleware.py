"""What is below /v1 passes no middleware for pages, and says of itself what pages say."""

import pytest
from django.test import Client

CONSTANT = (
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
)


def said_of_itself(answer) -> dict[str, object]:
    """The policy's directives come in any order."""
    said = {name: answer.headers.get(name) for name in CONSTANT}
    return said | {"Content-Security-Policy": set(answer.headers["Content-Security-Policy"].split("; "))}


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("address", ["/v1/payments", "/v1/no-such-call"])
def test_an_answer_carries_the_headers_of_a_page(db, settings, address, secure) -> None:
    settings.SECURE_HSTS_SECONDS = 3_600
    page, answer = (Client().get(where, secure=secure) for where in ("/no-such-page", address))
    assert said_of_itself(answer) == said_of_itself(page)


def test_a_session_is_neither_looked_at_nor_begun(shop, django_assert_num_queries) -> None:
    shop.get("/v1/shop")  # the key is remembered from here on
    shop.http.cookies["session"] = "somebodys"
    with django_assert_num_queries(0):
        answer = shop.get("/v1/payments?limit=many")
    assert (answer.status, answer.headers["Vary"]) == (400, "Accept-Language")
    assert "Set-Cookie" not in answer.headers


def test_a_bug_is_a_plain_error_with_the_same_headers(db, monkeypatch) -> None:
    def breaks(*_args, **_facts):
        raise RuntimeError("4242424242424242 is a secret")

    monkeypatch.setattr("api.middleware.resolve", breaks)
    client = Client(raise_request_exception=False)
    page, answer = client.get("/no-such-page"), client.get("/v1/payments")
    assert (answer.status_code, said_of_itself(answer)) == (500, said_of_itself(page))
    assert b"4242" not in answer.content
