"""Who appears here: Alice with a wallet, Mallory with another."""

from datetime import UTC, datetime

import pytest

from accounts import services as accounts
from accounts.models import User
from common.actors import Actor
from vault import services as vault

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def person(db):
    def make(name: str):
        user = User.objects.create_user(f"{name.lower()}@example.com", language="en")
        return accounts.open_wallet(user_id=user.id, display_name=name, now=NOON)

    return make


@pytest.fixture
def alice(person):
    return person("Alice")


@pytest.fixture
def mallory(person):
    return person("Mallory")


@pytest.fixture
def card_of(network):
    """Adds a card the way a page does: an intake of the safe, sealed by the browser."""

    def add(customer, *, now=NOON, nickname="", **card):
        intake = vault.open_intake(customer_ref=customer.wallet.id, session_ref="session", now=now)
        return accounts.add_card(
            customer_id=customer.id,
            intake_id=intake.intake_id,
            session_ref="session",
            sealed=network.seal(**card),
            nickname=nickname,
            by=Actor(customer.id),
            now=now,
        )

    return add
