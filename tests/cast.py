"""Who appears in the stories.

Alice keeps her cards here, Bob buys at the same shops, Mallory must see nothing; Komorebi Coffee is a shop in good
standing, Fly-by-Night is not. Exported to every test by `tests.conftest`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from accounts import services as accounts
from accounts.models import Customer, User, Wallet
from common.actors import SYSTEM, Actor
from merchants import services as merchants
from merchants.models import Merchant, Shop
from merchants.states import ALL_SCOPES, Role

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
"""Twelve o'clock in Tokyo, on a Sunday."""


@dataclass(frozen=True)
class Person:
    """A customer of this commerce, with a wallet."""

    user: User
    customer: Customer
    wallet: Wallet

    @property
    def actor(self) -> Actor:
        return Actor(self.customer.id)


@dataclass(frozen=True)
class Business:
    """A merchant of this commerce, with one shop, one return URL, one key that may do everything and one owner."""

    merchant: Merchant
    shop: Shop
    return_url: str
    key: str
    key_id: str
    owner: User

    @property
    def id(self) -> str:
        return self.merchant.id

    @property
    def actor(self) -> Actor:
        return Actor(self.key_id)


def person(name: str) -> Person:
    user = User.objects.create_user(f"{name.lower()}@example.jp", language="en")
    customer = accounts.open_wallet(user_id=user.id, display_name=name, now=NOON - timedelta(days=100))
    return Person(user=user, customer=customer, wallet=customer.wallet)


def business(name: str, *, host: str, city: str = "Kyoto", category_code: str = "5814") -> Business:
    then = NOON - timedelta(days=365)
    merchant = merchants.admit_merchant(
        display_name=name,
        legal_name=f"{name} K.K.",
        category_code=category_code,
        fee_basis_points=325,
        city=city,
        shop_name=name,
        shop_origin=f"https://{host}",
        by=SYSTEM,
        now=then,
    )
    shop = merchant.shops.get()
    return_url = merchants.register_return_url(shop_id=shop.id, url=f"https://{host}/thanks", by=SYSTEM, now=then).url
    key, text = merchants.issue_api_key(
        merchant_id=merchant.id, label="Shop server", scopes=ALL_SCOPES, by=SYSTEM, now=then
    )
    owner = User.objects.create_user(f"owner@{host}", language="en")
    merchants.invite_member(merchant_id=merchant.id, email=owner.email, role=Role.OWNER, by=SYSTEM, now=then)
    merchants.accept_invitation(user_id=owner.id, verified_email=owner.email, now=then)
    return Business(merchant=merchant, shop=shop, return_url=return_url, key=text, key_id=key.id, owner=owner)


@pytest.fixture
def alice(db) -> Person:
    """A customer in good standing."""
    return person("Alice")


@pytest.fixture
def bob(db) -> Person:
    """Another customer, who buys at the same shops."""
    return person("Bob")


@pytest.fixture
def mallory(db) -> Person:
    """A customer who tries what is not hers."""
    return person("Mallory")


@pytest.fixture
def komorebi(db) -> Business:
    """Komorebi Coffee, a merchant in good standing."""
    return business("Komorebi Coffee", host="komorebi.example")


@pytest.fixture
def fly_by_night(db) -> Business:
    """Fly-by-Night Optics, a merchant to be careful with."""
    return business("Fly-by-Night Optics", host="fly-by-night.example", city="Osaka", category_code="8043")


PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""
"""An Ed25519 key whose other half nobody here needs."""
