"""Who opens the shops' pages: an owner, and people in the other roles. The books are real, the network is played."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts import sessions
from accounts.models import User
from common import clock
from common.actors import SYSTEM
from merchants import services as merchants
from merchants.models import Member
from merchants.states import Role
from tests.cast import NOON
from tests.payments.conftest import network, till  # noqa: F401 (fixtures)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    """Doors read the clock; in these stories it is noon of the cast's day unless somebody goes `later`."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


class Browser(Client):
    """A signed-in person's browser. `proved` says whether they have shown just now that it is them."""

    def sign_in(self, user, *, proved=True, language="en"):
        self.force_login(user)
        self.cookies["django_language"] = language
        session = self.session
        sessions.begin(session, now=NOON if proved else NOON - timedelta(minutes=6))
        session.save()
        return self


def member(business, role: Role) -> User:
    user = User.objects.create_user(f"{role}@{business.shop.origin.split('//')[1]}", language="en")
    merchants.invite_member(merchant_id=business.id, email=user.email, role=role, by=SYSTEM, now=NOON)
    merchants.accept_invitation(user_id=user.id, verified_email=user.email, now=NOON)
    return user


def member_id(business, user) -> str:
    return Member.objects.get(merchant_id=business.id, user=user).id


@pytest.fixture
def owner(komorebi) -> Browser:
    return Browser().sign_in(komorebi.owner)


@pytest.fixture
def finance(komorebi) -> Browser:
    return Browser().sign_in(member(komorebi, Role.FINANCE))


@pytest.fixture
def developer(komorebi) -> Browser:
    return Browser().sign_in(member(komorebi, Role.DEVELOPER))


@pytest.fixture
def support(komorebi) -> Browser:
    return Browser().sign_in(member(komorebi, Role.SUPPORT))


@pytest.fixture
def stranger(fly_by_night) -> Browser:
    """The owner of another merchant."""
    return Browser().sign_in(fly_by_night.owner)


@pytest.fixture
def at(komorebi):
    """An address of Komorebi's pages: `at("payments", payment.id)`."""
    return lambda *parts: "/".join((f"/dashboard/{komorebi.id}", *parts)) if parts else f"/dashboard/{komorebi.id}/"


def text(page) -> str:
    body = b"".join(page.streaming_content) if page.streaming else page.content
    return body.decode()
