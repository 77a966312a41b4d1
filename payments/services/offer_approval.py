"""Open the question that a customer's passkey answers: these details, five minutes, three tries.

A payment has one open challenge; a newer one voids it, whoever opened it, because nobody owns a payment before its
first approval. A stranger who has the link can therefore make a customer ask again, at most MOST_OFFERS times, and can
never keep the payment: it belongs to whoever's passkey signs first. From then on it is as unknown to all others as no
payment at all.

Points pay any part, all of it too; then no card is looked at, whichever was named, and the plain passkey signs, because
a browser's own window shows an instrument. Many points at once want somebody who has just proved who they are.

Refuses: PaymentNotFound, TransitionRefused (not waiting for approval), PaymentExpired, MerchantNotOpen, CardNotFound,
PointsNotPossible, CardNeeded, CardPartTooSmall, PointsNeedProof, CardNotUsable (frozen, expired, closed, or not to be
tried again here), StoppedByRule, TooManyDeclines, NotEnoughPoints, NoPaymentPasskey, TooManyOffers.
"""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from accounts import services as accounts
from accounts.queries import card_of, customer_by_id, passkeys_of, wallet_of_customer
from accounts.types import BRAND_NAMES
from common.base64url import to_base64url
from common.db import transaction
from common.ids import new_id
from common.money import Money
from payments.details import NONCE_BYTES, challenge_over
from payments.errors import (
    AmountTooLarge,
    CardNeeded,
    CardPartTooSmall,
    NoPaymentPasskey,
    PointsNeedProof,
    PointsNotPossible,
    TooManyOffers,
)
from payments.models import Challenge, Payment
from payments.models.approval import details_of
from payments.queries import most_points_without_proof
from payments.services._checks import look_at, refuse_what_stops
from payments.services._may_approve import refuse_unless_approvable
from payments.services._rules import refuse_if_stopped
from payments.states import CHALLENGE_LIFE, LEAST_CARD_PART_MINOR, MOST_CARD_PART_MINOR, MOST_OFFERS, ApprovalKind
from payments.types import ApprovalOffer
from points.errors import NotEnoughPoints
from points.queries import points_of

if TYPE_CHECKING:
    from accounts.models import Card, PaymentPasskey


@transaction
def offer_approval(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    payment_id: str,
    customer_id: str,
    card_id: str = "",
    points: Money,
    proved: bool = False,
    kind: str = ApprovalKind.WEBAUTHN,
    now: datetime,
) -> ApprovalOffer:
    """`proved` says that the customer has shown a moment ago, to the door, that it is they."""
    payment = Payment.locked(payment_id)
    refuse_unless_approvable(payment, customer_id=customer_id, now=now)
    customer = customer_by_id(customer_id)
    wallet = accounts.lock_wallet(wallet_of_customer(customer).id)
    _refuse_split(payment, points)
    card_part = Money(payment.amount_minor - points.minor, payment.currency)
    if card_part and not card_id:
        raise CardNeeded
    card = card_of(customer, card_id) if card_part else None
    if card:
        refuse_what_stops(look_at(payment, card=card, amount=card_part, now=now), now=now)
    refuse_if_stopped(payment, wallet_id=wallet.id, now=now)
    live = points_of(wallet.id, now).live
    if points > live:
        raise NotEnoughPoints(available=live, asked=points)
    if not proved and points > most_points_without_proof(now):
        raise PointsNeedProof
    kind = ApprovalKind(kind) if card else ApprovalKind.WEBAUTHN
    passkeys = [passkey for passkey in passkeys_of(customer) if kind == ApprovalKind.WEBAUTHN or passkey.spc]
    if not passkeys:
        raise NoPaymentPasskey
    if Challenge.objects.filter(payment=payment, customer_id=customer_id).count() >= MOST_OFFERS:
        raise TooManyOffers(retry_after_seconds=max(1, int((payment.expires_at - now).total_seconds())))

    Challenge.objects.filter(payment=payment, consumed_at=None, voided_at=None).update(voided_at=now)
    nonce, expires_at = secrets.token_bytes(NONCE_BYTES), min(now + CHALLENGE_LIFE, payment.expires_at)
    details = details_of(
        payment,
        customer_id=customer_id,
        card_id=card.id if card else "",
        points_minor=points.minor,
        expires_at=expires_at,
    ).as_members()
    challenge = Challenge.objects.create(
        id=new_id("chl"),
        payment=payment,
        customer_id=customer_id,
        card_id=card.id if card else "",
        points_minor=points.minor,
        kind=kind,
        nonce=nonce,
        details=details,
        digest=challenge_over(details, nonce=nonce),
        shown=_what_the_browser_shows(payment, card, points) if card and kind == ApprovalKind.SPC else {},
        created_at=now,
        expires_at=expires_at,
    )
    return as_offer(challenge, passkeys, now=now)


def _refuse_split(payment: Payment, points: Money) -> None:
    if points.currency != "PTS" or not 0 <= points.minor <= payment.amount_minor:
        raise PointsNotPossible
    card_part = payment.amount_minor - points.minor
    if 0 < card_part < LEAST_CARD_PART_MINOR:
        raise CardPartTooSmall(least=Money(LEAST_CARD_PART_MINOR, payment.currency))
    if card_part > MOST_CARD_PART_MINOR:
        raise AmountTooLarge(most=Money(MOST_CARD_PART_MINOR, payment.currency))


def _what_the_browser_shows(payment: Payment, card: "Card", points: Money) -> dict[str, str]:
    """The total is what the card pays: it stands beside the card in the browser's own window."""
    origin = payment.shop.origin
    return {
        "payee_name": payment.shop.display_name,
        # The browser takes https only, also on a local machine; the name is always there.
        "payee_origin": origin if origin.startswith("https://") else "",
        "currency": payment.currency,
        "value": Money(payment.amount_minor - points.minor, payment.currency).as_decimal_text(),
        "instrument_name": f"{BRAND_NAMES.get(card.brand, card.brand)} •••• {card.last4}",
        "instrument_icon": f"{settings.BASE_URL}/static/img/cards/{card.brand}.svg",
    }


def as_offer(challenge: Challenge, passkeys: "list[PaymentPasskey]", *, now: datetime) -> ApprovalOffer:
    text, timeout = to_base64url(bytes(challenge.digest)), int((challenge.expires_at - now).total_seconds() * 1_000)
    ids = [passkey.credential_id_b64u for passkey in passkeys]
    return ApprovalOffer(
        challenge_id=challenge.id,
        challenge=text,
        kind=challenge.kind,
        details=challenge.details,
        expires_at=challenge.expires_at,
        public_key={
            "challenge": text,
            "rpId": settings.WEBAUTHN_RP_ID,
            "allowCredentials": [{"type": "public-key", "id": name} for name in ids],
            "userVerification": "required",
            "timeout": timeout,
        },
        spc=_spc_request(challenge.shown, text, ids, timeout) if challenge.shown else None,
    )


def _spc_request(shown: dict[str, str], challenge: str, ids: list[str], timeout: int) -> dict[str, Any]:
    origin = {"payeeOrigin": shown["payee_origin"]} if shown["payee_origin"] else {}
    return {
        "supportedMethods": "secure-payment-confirmation",
        "data": {
            "challenge": challenge,
            "rpId": settings.WEBAUTHN_RP_ID,
            "credentialIds": ids,
            "instrument": {
                "displayName": shown["instrument_name"],
                "icon": shown["instrument_icon"],
                "iconMustBeShown": False,
            },
            "payeeName": shown["payee_name"],
            **origin,
            "timeout": timeout,
        },
        "total": {"label": shown["payee_name"], "amount": {"currency": shown["currency"], "value": shown["value"]}},
    }
