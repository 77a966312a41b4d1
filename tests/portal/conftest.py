"""At the counter, seen from the customer's side: pages, a played network, real books."""

import pytest

from accounts import sessions
from common import clock
from tests.payments.till import Till


@pytest.fixture
def till(db, network):
    """Pages read the real clock, so this till does too."""
    counter = Till(network)
    counter.now = clock.now()
    return counter


@pytest.fixture
def visit(client):
    """A browser with somebody signed in a moment ago: `visit(alice)`, `visit(alice, "ja")`."""

    def sign_in(person, language="en"):
        client.force_login(person.user)
        session = client.session
        sessions.begin(session, now=clock.now())
        session.save()
        client.cookies["django_language"] = language
        return client

    return sign_in


@pytest.fixture
def stranger(client):
    client.cookies["django_language"] = "en"
    return client
