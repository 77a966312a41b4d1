"""What a shop's servers asked, as its developers find it again."""

import pytest

from api import request_log
from tests.api.conftest import ShopServer
from tests.dashboard.conftest import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(komorebi):
    """Two requests of Komorebi's server: one done, one refused."""
    request_log._waiting.clear()
    server = ShopServer(komorebi.key)
    done = server.post("/v1/payments", server.wish(description="To Alice Ito"), idempotency="order-7")
    refused = server.post("/v1/payments", server.wish(amount=0))
    request_log.write()
    return done, refused


def test_lists_them_newest_first_with_their_answers(developer, at, asked):
    page = text(developer.get(at("developers", "requests")))
    done, refused = (page.index(answer.headers["Request-Id"]) for answer in asked)
    assert refused < done
    assert "invalid_request" in page
    assert asked[1].body["title"] in page


@pytest.mark.parametrize(
    ("query", "seen", "hidden"),
    [
        ("text=order-7", 0, 1),
        ("status=4", 1, 0),
        ("code=invalid_request", 1, 0),
        ("path=/v1/payments&status=201", 0, 1),
    ],
)
def test_finds_one_by_what_its_developer_knows(developer, at, asked, query, seen, hidden):
    page = text(developer.get(at("developers", f"requests?{query}")))
    assert asked[seen].headers["Request-Id"] in page
    assert asked[hidden].headers["Request-Id"] not in page


def test_one_says_what_was_asked_and_answered_and_no_text_of_anybody(developer, at, asked):
    page = text(developer.get(at("developers", "requests", asked[0].headers["Request-Id"])))
    for seen in ("order-7", "12800", asked[0].body["id"], "requires_approval"):
        assert seen in page
    assert "Alice" not in page


def test_a_page_without_any_says_how_to_get_one(developer, at):
    assert "The first call" in text(developer.get(at("developers", "requests")))
    assert "No request fits" in text(developer.get(at("developers", "requests?code=nothing")))
    assert developer.get(at("developers", "requests", "req_nothing")).status_code == 404
