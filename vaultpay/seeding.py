"""The sandbox's demo people, shops and first purchases, made through the very verbs that everybody uses.

Every step looks first whether it was done: the seed runs at every start, and repairs what a reset of one part left.
What cannot be read back, a secret key, is taken from the demo file of the last start, and made anew if it does not
work any more.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.conf import settings

from accounts import services as accounts
from accounts.models import Card, Customer, User
from accounts.queries import cards_of
from common.actors import SYSTEM, Actor
from common.base64url import from_base64url
from common.ids import new_id
from common.money import pts, yen
from events import services as events
from merchants import services as merchants
from merchants.models import ApiKey, Member, Merchant, ReturnUrl, Shop
from merchants.queries import merchant_by_api_key
from merchants.states import ALL_SCOPES, Role
from payments import services as payments
from payments.models import Payment
from points import services as points
from sandbox import people
from vault import services as vault
from vaultpay.demo_passkeys import software_passkey_of
from webhooks import services as webhooks
from webhooks.queries import endpoints_of_merchant
from webhooks.secrets_at_rest import unseal_secret

_KEY_LABEL: Final = "Demo shop"
_FIRST_CAME: Final = timedelta(days=120)
"""How long the demo people have been here."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the sandbox answers, as this start chose it."""

    shops: tuple[str, ...]
    mailbox: str
    network: str
    issuer: str


def seed(*, addresses: Addresses, demo_file: Path, now: datetime) -> None:
    """Make what is missing, and write the demo file, which programs read."""
    earlier = _read(demo_file)
    customers = [demo_customer(person, now=now) for person in people.CUSTOMERS]
    businesses = [
        _merchant(business, origin, now=now) for business, origin in zip(people.MERCHANTS, addresses.shops, strict=True)
    ]
    keys = [_secret_key(merchant, earlier, now=now) for merchant, _shop in businesses]
    _first_purchases(businesses[0], customers, now=now)
    demo = {
        "base_url": settings.BASE_URL,
        "shop_urls": list(addresses.shops),
        "mailbox_url": addresses.mailbox,
        "admin_url": f"{settings.BASE_URL}/staff/",
        "network_url": addresses.network,
        "issuer_url": addresses.issuer,
        "merchants": [
            {
                "id": merchant.id,
                "name": merchant.display_name,
                "secret_key": key,
                "webhook_secret": _webhook_secret(merchant, shop, now=now),
                "return_url": shop.origin + people.RETURN_PATH,
            }
            for (merchant, shop), key in zip(businesses, keys, strict=True)
        ],
        "customers": [
            {
                "id": customer.id,
                "email": customer.user.email,
                "name": customer.display_name,
                "cards": [{"id": card.id, "brand": card.brand, "last4": card.last4} for card in cards_of(customer)],
            }
            for customer in customers
        ],
        "staff": [{"email": _staff(email).email} for email in people.STAFF],
    }
    _write(demo_file, demo)


# --- People -----------------------------------------------------------------------------------------------------------


def proved_user(email: str, *, language: str = "ja", is_staff: bool = False) -> User:
    """Somebody whose address is proved: the code that signs them in goes to the mailbox."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, language=language, is_staff=is_staff, is_superuser=is_staff)
    if not EmailAddress.objects.filter(user=user).exists():
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def _staff(email: str) -> User:
    return proved_user(email, language="en", is_staff=True)


def demo_customer(person: people.DemoCustomer, *, now: datetime) -> Customer:
    then = now - _FIRST_CAME
    user = proved_user(person.email, language=person.language)
    customer = accounts.open_wallet(user_id=user.id, display_name=person.name, now=then)
    software_passkey_of(customer.id, now=then)
    kept = {card.last4 for card in cards_of(customer)}
    for card in person.cards:
        if card.number[-4:] not in kept:
            _add_card(customer, card, now=now)
    return customer


def _add_card(customer: Customer, card: people.DemoCard, *, now: datetime) -> Card:
    """As a browser does it: the number is sealed to the safe's key before it leaves this function."""
    offer = vault.open_intake(customer_ref=customer.wallet.id, session_ref="seed", now=now)
    typed = {
        "number": card.number,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "security_code": card.security_code,
        "name": customer.display_name,
    }
    sealed = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(
        json.dumps(typed).encode(),
        X25519PublicKey.from_public_bytes(from_base64url(offer.public_key_b64u)),
        info=from_base64url(offer.info_b64u),
    )
    return accounts.add_card(
        customer_id=customer.id,
        intake_id=offer.intake_id,
        session_ref="seed",
        sealed=sealed,
        nickname=card.nickname,
        by=Actor(customer.id),
        now=now,
    )


# --- Shops ------------------------------------------------------------------------------------------------------------


def _merchant(business: people.DemoMerchant, origin: str, *, now: datetime) -> tuple[Merchant, Shop]:
    then = now - _FIRST_CAME
    merchant = Merchant.objects.filter(legal_name=business.legal_name).first()
    if merchant is None:
        merchant = merchants.admit_merchant(
            display_name=business.name,
            legal_name=business.legal_name,
            category_code=business.category_code,
            fee_basis_points=business.fee_basis_points,
            city=business.city,
            shop_name=business.name,
            shop_origin=origin,
            by=SYSTEM,
            now=then,
        )
    shop = merchant.shops.get()
    if shop.origin != origin:
        # Another port than last time. A real shop that moves is vetted again; this one only plays.
        Shop.objects.filter(pk=shop.pk).update(origin=origin)
        shop.refresh_from_db()
    return_url = origin + people.RETURN_PATH
    if not ReturnUrl.objects.filter(shop=shop, url=return_url).exists():
        merchants.register_return_url(shop_id=shop.id, url=return_url, by=SYSTEM, now=now)
    for member in business.members:
        if not Member.objects.filter(merchant=merchant, email=member.email).exists():
            user = proved_user(member.email)
            merchants.invite_member(
                merchant_id=merchant.id, email=member.email, role=Role(member.role), by=SYSTEM, now=now
            )
            merchants.accept_invitation(user_id=user.id, verified_email=member.email, now=now)
    return merchant, shop


def _secret_key(merchant: Merchant, earlier: dict[str, Any], *, now: datetime) -> str:
    kept = _earlier(earlier, merchant).get("secret_key", "")
    holder = merchant_by_api_key(kept, now)
    if holder is not None and holder.merchant.id == merchant.id:
        return str(kept)
    for key in ApiKey.objects.filter(merchant=merchant, label=_KEY_LABEL, revoked_at=None):
        merchants.revoke_api_key(merchant_id=merchant.id, key_id=key.id, by=SYSTEM, now=now)
    _key, text = merchants.issue_api_key(
        merchant_id=merchant.id, label=_KEY_LABEL, scopes=ALL_SCOPES, by=SYSTEM, now=now
    )
    return text


def _webhook_secret(merchant: Merchant, shop: Shop, *, now: datetime) -> str:
    url = shop.origin + people.WEBHOOK_PATH
    for endpoint in endpoints_of_merchant(merchant.id):
        if endpoint.url == url:
            return unseal_secret(endpoint.sealed_secret)
    _endpoint, secrets = webhooks.register_endpoint(merchant_id=merchant.id, url=url, by=SYSTEM, now=now)
    return secrets.secret


# --- A little history -------------------------------------------------------------------------------------------------


def _first_purchases(business: tuple[Merchant, Shop], customers: list[Customer], *, now: datetime) -> None:
    """What they bought before anybody looked: so there are payments to see and points to spend.

    Each purchase happens at its own moment in the past, events included, so that its points are live by now.
    """
    merchant, shop = business
    for customer, person in zip(customers, people.CUSTOMERS, strict=True):
        if Payment.objects.filter(customer_id=customer.id).exists():
            continue
        card = cards_of(customer).get(is_default=True)
        for number, (days_ago, name, price) in enumerate(person.bought):
            then = now - timedelta(days=days_ago)
            payment = payments.create_payment(
                payment_id=new_id("pay"),
                merchant_id=merchant.id,
                amount=yen(price),
                merchant_reference=f"first-{customer.id[-6:]}-{number}",
                return_url=shop.origin + people.RETURN_PATH,
                items=[{"name": name, "quantity": 1, "unit_amount": price}],
                by=SYSTEM,
                now=then,
            )
            _approve(payment, customer, card, then=then)
            events.tell_events(now=then)
    points.activate_points(now=now)


def _approve(payment: Payment, customer: Customer, card: Card, *, then: datetime) -> None:
    offer = payments.offer_approval(
        payment_id=payment.id, customer_id=customer.id, card_id=card.id, points=pts(0), now=then
    )
    passkey = software_passkey_of(customer.id, now=then)
    payments.approve_payment(
        payment_id=payment.id,
        customer_id=customer.id,
        challenge_id=offer.challenge_id,
        assertion=passkey.get(offer.public_key, origin=settings.WEBAUTHN_ORIGIN, user_handle=customer.id.encode()),
        by=Actor(customer.id),
        now=then,
    )


# --- The demo file ----------------------------------------------------------------------------------------------------


def _read(demo_file: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(demo_file.read_text())
    except (OSError, ValueError):
        return {}
    return kept


def _earlier(demo: dict[str, Any], merchant: Merchant) -> dict[str, Any]:
    kept: dict[str, dict[str, Any]] = {one["id"]: one for one in demo.get("merchants", [])}
    return kept.get(merchant.id, {})


def _write(demo_file: Path, demo: dict[str, Any]) -> None:
    beside = demo_file.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(demo, indent=2, ensure_ascii=False) + "\n")
    beside.replace(demo_file)
