"""The customer's yes, and the asking of the issuer that it allows. Three steps, two commits:

1. commit: the challenge is consumed by one UPDATE that must hit one row, the details are read again from the payment's
   row and hashed again, the approval is kept, points are held, the authorization is written as `sent`;
2. the safe asks the network, while no transaction is open;
3. commit: the outcome; with automatic capture, the capture and its books too.

A crash after 1 leaves an authorization in `sent`: the janitor asks the network what became of it. What comes back is
the payment as it is then: `authorized` or `captured`, `requires_approval` or `declined` after the issuer's no, and
`processing` while nobody knows.

Refuses: all that `offer_approval` refuses, and ApprovalRefused for whatever does not hold about the signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db.models import F

from accounts import services as accounts
from accounts.errors import AssertionRefused
from accounts.passkeys import verify_assertion
from accounts.queries import card_of, customer_by_id, passkey_by_credential, wallet_of_customer
from accounts.types import AssertionKind, VerifiedAssertion
from common.actors import Actor
from common.db import outside_transaction, transaction
from common.ids import new_id
from common.json import canonical
from common.money import Money, pts
from events import services as events
from payments.declines import decline_facts
from payments.details import challenge_over
from payments.errors import ApprovalRefused, ChallengeNotOpen, DetailsChanged
from payments.models import Approval, Authorization, Challenge, Payment
from payments.models.approval import details_of, members_shown
from payments.services._inquiry import ask_what_became_of
from payments.services._may_approve import refuse_unless_approvable, refuse_unless_usable
from payments.services._telling import merchant_facts, tell
from payments.services.claim_due import lease_from
from payments.services.write_outcome import write_outcome
from payments.states import MOST_TRIES
from points import services as points
from vault import services as vault
from vault.types import Answer, Declined, MerchantFacts, NotFound, NotSent, Unknown

if TYPE_CHECKING:
    from accounts.models import Card, PaymentPasskey


@dataclass(frozen=True, slots=True)
class _Question:
    """What the second step needs; nothing of it is read from the database again."""

    authorization_id: str
    card_token: str
    wallet_id: str
    amount: Money
    merchant: MerchantFacts
    brand: str


@outside_transaction
def approve_payment(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *, payment_id: str, customer_id: str, challenge_id: str, assertion: Mapping[str, Any], by: Actor, now: datetime
) -> Payment:
    challenge = _count_the_try(payment_id, customer_id=customer_id, challenge_id=challenge_id, now=now)
    passkey, verified = _verify(challenge, assertion)
    asked = _write_the_question(challenge, passkey, verified, by=by, now=now)
    answer = _ask_issuer(asked, by=by, now=now)
    return write_outcome(authorization_id=asked.authorization_id, answer=answer, by=by, now=now)


def _ask_issuer(asked: _Question, *, by: Actor, now: datetime) -> Answer | NotFound:
    """The second step. An answer that is none (a malfunction, a duplicate) is asked about at once."""
    answer = vault.authorize_card(
        card_token=asked.card_token,
        owner_ref=asked.wallet_id,
        amount=asked.amount,
        merchant=asked.merchant,
        reference=asked.authorization_id,
        by_ref=by.ref,
        now=now,
    )
    if isinstance(answer, Declined) and decline_facts(answer.response_code, brand=asked.brand).ask_again:
        outcome = ask_what_became_of(asked.authorization_id, now=now)
        # That nobody could be asked now says nothing about what was sent before.
        return Unknown(why=outcome.why) if isinstance(outcome, NotSent) else outcome
    return answer


def _count_the_try(payment_id: str, *, customer_id: str, challenge_id: str, now: datetime) -> Challenge:
    """One UPDATE, committed by itself: a try counts whatever comes of it."""
    challenge = (
        Challenge.objects.select_related("payment__merchant", "payment__shop")
        .filter(pk=challenge_id, payment_id=payment_id, customer_id=customer_id)
        .first()
    )
    if challenge is None:
        raise ChallengeNotOpen
    refuse_unless_approvable(challenge.payment, customer_id=customer_id, now=now)
    still_open = Challenge.objects.filter(
        pk=challenge_id, consumed_at=None, voided_at=None, expires_at__gt=now, tries__lt=MOST_TRIES
    )
    if still_open.update(tries=F("tries") + 1) != 1:
        raise ChallengeNotOpen
    return challenge


def _verify(challenge: Challenge, assertion: Mapping[str, Any]) -> "tuple[PaymentPasskey, VerifiedAssertion]":
    try:
        passkey = passkey_by_credential(challenge.customer_id, assertion.get("id"))
        verified = verify_assertion(
            passkey=passkey.facts(),
            challenge=challenge_over(challenge.details, nonce=bytes(challenge.nonce)),
            assertion=assertion,
            origin=settings.WEBAUTHN_ORIGIN,
            rp_id=settings.WEBAUTHN_RP_ID,
            payment=members_shown(challenge.shown),
            kind=cast("AssertionKind", str(challenge.kind)),
        )
    except AssertionRefused as no:
        raise ApprovalRefused(why=no.why) from no
    return passkey, verified


@transaction
def _write_the_question(
    seen: Challenge, passkey: "PaymentPasskey", verified: VerifiedAssertion, *, by: Actor, now: datetime
) -> _Question:
    payment = Payment.locked(seen.payment_id)
    refuse_unless_approvable(payment, customer_id=seen.customer_id, now=now)
    still_open = Challenge.objects.filter(pk=seen.pk, consumed_at=None, voided_at=None, expires_at__gt=now)
    if still_open.update(consumed_at=now) != 1:
        raise ChallengeNotOpen
    challenge = Challenge.objects.get(pk=seen.pk)
    details = _details_as_signed(payment, challenge)
    customer = customer_by_id(challenge.customer_id)
    card, wallet = card_of(customer, challenge.card_id), wallet_of_customer(customer)
    refuse_unless_usable(card, now=now)
    try:
        accounts.note_passkey_use(passkey_id=passkey.id, sign_count=verified.sign_count, now=now)
    except AssertionRefused as no:
        raise ApprovalRefused(why=no.why) from no

    approval = _keep(challenge, passkey, verified, details, now=now)
    payment.move(
        "approve",
        by=by,
        now=now,
        customer_id=customer.id,
        wallet_id=wallet.id,
        points_minor=challenge.points_minor,
        card_id=card.id,
        card_brand=card.brand,
        card_last4=card.last4,
    )
    if payment.points:
        points.hold_points(wallet_id=wallet.id, payment_id=payment.id, amount=pts(payment.points_minor), now=now)
    attempt = _attempt(payment, approval, card, now=now)
    events.write_audit(
        "payment.approved",
        subject=payment.id,
        by=by,
        at=now,
        data={"approval": approval.id, "authorization": attempt.id, "card": card.id, "amount": payment.amount_minor},
    )
    tell("payment.processing", payment, by=by, now=now)
    return _Question(
        authorization_id=attempt.id,
        card_token=card.card_token,
        wallet_id=wallet.id,
        amount=payment.card_part,
        merchant=merchant_facts(payment),
        brand=card.brand,
    )


def _details_as_signed(payment: Payment, challenge: Challenge) -> dict[str, str]:
    """The details as the rows say them now; they must hash to what was signed."""
    details = details_of(
        payment,
        customer_id=challenge.customer_id,
        card_id=challenge.card_id,
        points_minor=challenge.points_minor,
        expires_at=challenge.expires_at,
    ).as_members()
    if challenge_over(details, nonce=bytes(challenge.nonce)) != bytes(challenge.digest):
        raise DetailsChanged(why="details")
    return details


def _keep(
    challenge: Challenge,
    passkey: "PaymentPasskey",
    verified: VerifiedAssertion,
    details: dict[str, str],
    *,
    now: datetime,
) -> Approval:
    facts = passkey.facts()
    return Approval.objects.create(
        id=new_id("apr"),
        payment_id=challenge.payment_id,
        challenge=challenge,
        customer_id=challenge.customer_id,
        passkey_id=passkey.id,
        credential_id=facts.credential_id,
        public_key=facts.public_key,
        user_handle=facts.user_handle,
        backup_eligible=facts.backup_eligible,
        kind=verified.kind,
        nonce=bytes(challenge.nonce),
        details=canonical(details),
        shown=challenge.shown,
        client_data=verified.client_data,
        authenticator_data=verified.authenticator_data,
        signature=verified.signature,
        origin=settings.WEBAUTHN_ORIGIN,
        rp_id=settings.WEBAUTHN_RP_ID,
        approved_at=now,
    )


def _attempt(payment: Payment, approval: Approval, card: "Card", *, now: datetime) -> Authorization:
    # A second open one is refused by a unique index, whatever the code above believes.
    return Authorization.objects.create(
        id=new_id("auth"),
        payment=payment,
        approval=approval,
        wallet_id=payment.wallet_id,
        card_id=card.id,
        card_token=card.card_token,
        amount_minor=payment.card_part.minor,
        currency=payment.currency,
        sent_at=now,
        next_inquiry_at=lease_from(now),
    )
