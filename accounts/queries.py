"""Questions about people, cards and passkeys. None of them changes anything."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.db.models import Max, Min

from accounts.errors import AssertionRefused, CardNotFound, CustomerNotFound, PasskeyNotFound
from accounts.models import (
    Card,
    Customer,
    PaymentPasskey,
    ShopRule,
    SignInRecord,
    SpendingRules,
    User,
    Wallet,
)
from accounts.rules import RulesView
from accounts.states import CardStatus
from accounts.types import SignInPasskey
from common.base64url import from_base64url
from common.functions import row_from_json

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet


def customer_of_user(user: "User | AnonymousUser") -> Customer | None:
    """The customer that this sign-in belongs to; None for a stranger, and for someone who has no wallet here yet."""
    if not user.is_authenticated:
        return None
    return Customer.objects.select_related("wallet", "user").filter(user_id=user.pk).first()


def customer_by_id(customer_id: str) -> Customer:
    customer = Customer.objects.select_related("wallet", "user").filter(pk=customer_id).first()
    if customer is None:
        raise CustomerNotFound
    return customer


def customer_of_wallet(wallet_id: str) -> Customer | None:
    """Whose wallet it is; None for what is nobody's, such as the pool of a gift or of a family."""
    return Customer.objects.select_related("wallet", "user").filter(wallet=wallet_id).first()


def names_of_wallets(wallet_ids: Iterable[str]) -> dict[str, str]:
    """By wallet, what its owner is called; those that are nobody's are left out."""
    rows = Wallet.objects.filter(pk__in=set(wallet_ids)).values_list("id", "customer__display_name")
    return dict(rows)


def language_of_address(email: str) -> str | None:
    """In which language its owner reads; None for an address that nobody signs in with."""
    return User.objects.filter(email=email, is_active=True).values_list("language", flat=True).first()


def newest_device_at(customer: Customer) -> datetime | None:
    """When somebody last came to this person's things by a new way: a payment passkey or a sign-in passkey was made,
    or a kind of device signed in for the first time. Passkeys that were removed since count too.
    """
    passkey = PaymentPasskey.objects.filter(customer=customer).aggregate(at=Max("created_at"))["at"]
    door = Authenticator.objects.filter(user_id=customer.user_id, type=Authenticator.Type.WEBAUTHN)
    sign_in_passkey = door.aggregate(at=Max("created_at"))["at"]
    devices = SignInRecord.objects.filter(user_id=customer.user_id).order_by().values("device")
    first_seen = devices.annotate(first=Min("at")).values_list("first", flat=True)
    return max((at for at in (passkey, sign_in_passkey, *first_seen) if at), default=None)


def wallet_of_customer(customer: Customer) -> Wallet:
    return Wallet.objects.get(customer=customer)


def customers_of_wallets(wallet_ids: Iterable[str]) -> dict[str, Customer]:
    """By wallet, whose it is; those that are nobody's are left out."""
    owners = Customer.objects.select_related("wallet", "user").filter(wallet__in=set(wallet_ids))
    return {customer.wallet.id: customer for customer in owners}


def customers_of_addresses(emails: Iterable[str]) -> list[str]:
    """The ids of the customers who sign in with one of these addresses, in order."""
    rows = Customer.objects.filter(user__email__in=set(emails), user__is_active=True)
    return list(rows.order_by("id").values_list("id", flat=True))


def cards_of(customer: Customer) -> "QuerySet[Card]":
    """The cards in the wallet, the default first, then the newest; removed ones are not in it."""
    return Card.objects.filter(wallet__customer=customer).exclude(status=CardStatus.REMOVED).select_related("wallet")


def card_of(customer: Customer, card_id: str) -> Card:
    """The card, if it is in this customer's wallet; somebody else's is as unknown as no card at all."""
    card = cards_of(customer).filter(pk=card_id).first()
    if card is None:
        raise CardNotFound
    return card


def card_of_customer(customer_id: str, card_id: str) -> Card | None:
    """The same with its wallet, for whoever knows the customer by id only; none when it is not in their wallet."""
    cards = Card.objects.select_related("wallet").exclude(status=CardStatus.REMOVED)
    return cards.filter(pk=card_id, wallet__customer_id=customer_id).first()


def card_in_wallet(wallet_id: str, card_id: str) -> Card | None:
    """The card with its wallet, in one query; a removed one is none."""
    cards = Card.objects.select_related("wallet").exclude(status=CardStatus.REMOVED)
    return cards.filter(pk=card_id, wallet_id=wallet_id).first()


def card_by_id(card_id: str) -> Card | None:
    """For a room that holds a card's id; removed cards too."""
    return Card.objects.select_related("wallet").filter(pk=card_id).first()


def read_card(written: Mapping[str, Any]) -> Card:
    """The card that `accounts_look_at_card` answered."""
    return row_from_json(Card, written)


def usable_cards(customer: Customer, *, now: datetime) -> list[Card]:
    """Those that may pay now, the default first."""
    return [card for card in cards_of(customer) if card.is_usable(now=now)]


def default_card(customer: Customer, *, now: datetime) -> Card | None:
    """The one to offer first: the default if it may pay now, else the newest that may."""
    return next(iter(usable_cards(customer, now=now)), None)


def passkeys_of(customer: Customer) -> "QuerySet[PaymentPasskey]":
    """The payment passkeys that may approve, oldest first."""
    return PaymentPasskey.objects.filter(customer=customer, removed_at=None)


def passkey_of(customer: Customer, passkey_id: str) -> PaymentPasskey:
    passkey = passkeys_of(customer).filter(pk=passkey_id).first()
    if passkey is None:
        raise PasskeyNotFound
    return passkey


def passkey_by_credential(customer_id: str, credential_id: object) -> PaymentPasskey:
    """The customer's active payment passkey with that credential id (base64url). Anything else: AssertionRefused."""
    try:
        wanted = from_base64url(credential_id)
    except ValueError:
        raise AssertionRefused("credential id") from None
    passkey = PaymentPasskey.objects.filter(
        customer_id=customer_id, credential_id=wanted, removed_at=None, customer__user__is_active=True
    ).first()
    if passkey is None:
        raise AssertionRefused("not a payment passkey of this customer")
    return passkey


def sign_in_passkeys_of(user: User) -> list[SignInPasskey]:
    """The passkeys that open the portal, oldest first."""
    rows = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).order_by("pk")
    return [
        SignInPasskey(id=row.pk, name=row.wrap().name, created_at=row.created_at, last_used_at=row.last_used_at)
        for row in rows
    ]


def recovery_codes_left(user: User) -> int | None:
    """How many recovery codes are unused; None for who has none, which is everybody without a sign-in passkey."""
    row = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row else None


def sign_ins_of(user: User, *, limit: int = 20) -> list[SignInRecord]:
    """The latest sign-ins, newest first."""
    return list(SignInRecord.objects.filter(user=user)[:limit])


def rules_of(wallet_id: str, *, merchant_id: str = "") -> RulesView:
    """The customer's own rules, in two queries; with `merchant_id`, of the rules for single shops only that one."""
    row = SpendingRules.objects.filter(wallet_id=wallet_id).first()
    shops = ShopRule.objects.filter(wallet_id=wallet_id)
    if merchant_id:
        shops = shops.filter(merchant_id=merchant_id)
    at_shops = {rule.merchant_id: rule.as_values() for rule in shops}
    if row is None:
        return RulesView(shops=at_shops)
    return RulesView(rules=row.as_values(), frozen_at=row.frozen_at, shops=at_shops)


def wallet_frozen_at(customer: Customer) -> datetime | None:
    """Since when this customer's wallet stands still; None while it does not."""
    return SpendingRules.objects.filter(wallet__customer=customer).values_list("frozen_at", flat=True).first()


def frozen_among(wallet_ids: Iterable[str]) -> set[str]:
    """Which of these wallets stand still."""
    frozen = SpendingRules.objects.filter(wallet_id__in=set(wallet_ids), frozen_at__isnull=False)
    return set(frozen.values_list("wallet_id", flat=True))
