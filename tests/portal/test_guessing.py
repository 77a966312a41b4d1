"""Guessing a code with many hands at once: the tries that are counted in a session are not all that counts."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from common import clock
from events.models import OutgoingMail
from tests.conftest import together

pytestmark = pytest.mark.django_db(transaction=True)

HANDS = 16
MOST = 10
"""Guesses that one browser may make within five minutes, whatever its sessions say."""


@pytest.fixture(autouse=True)
def _as_outside(settings):
    settings.EMAIL_BACKEND = "events.mail.QueueBackend"  # Django puts its own in front of every test
    cache.clear()


def guessing(browser, page):
    """What each of many hands was told that all guess wrongly in one browser."""

    def guess():
        hand = Client(HTTP_ACCEPT_LANGUAGE="en")
        hand.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
        return hand.post(page, {"code": "0000-0000"})

    return [answer for _ in range(3) for answer in together(*[guess] * HANDS)]


def judged(answers):
    """How many of them learned whether their guess was right."""
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    return sum(b"This code is not right." in answer.content for answer in answers)


def test_a_sign_in_code_bears_few_guesses_however_many_hands_make_them(alice):
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/sign-in", {"email": alice.user.email})
    assert OutgoingMail.objects.count() == 1
    assert judged(guessing(browser, "/sign-in/code")) <= MOST


def test_a_sign_up_code_too():
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/sign-up", {"email": "carol@komorebi.example"})
    assert judged(guessing(browser, "/sign-up/code")) <= MOST


def test_the_code_that_proves_somebody_once_more_too(alice, monkeypatch):
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    now = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr("common.clock.now", lambda: now)
    browser.post("/sign-in/again/send")
    assert judged(guessing(browser, "/sign-in/again")) <= MOST
