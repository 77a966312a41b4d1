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
from payments.card_check import Check, CheckLine, passed, unknown
from payments.details import challenge_over
from payments.errors import ApprovalRefused, ChallengeNotOpen, DetailsChanged
from payments.models import Approval, Challenge, Payment
from payments.models.approval import details_of, members_shown
from payments.services._may_approve import refuse_unless_approvable, refuse_unless_usable
from payments.services._question import Question, ask_issuer, write_question
from payments.services._rules import refuse_if_stopped
from payments.services.write_outcome import write_outcome
from payments.states import MOST_TRIES

if TYPE_CHECKING:
    from accounts.models import PaymentPasskey


@outside_transaction
def approve_payment(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *, payment_id: str, customer_id: str, challenge_id: str, assertion: Mapping[str, Any], by: Actor, now: datetime
) -> Payment:
    challenge = _count_the_try(payment_id, customer_id=customer_id, challenge_id=challenge_id, now=now)
    passkey, verified = _verify(challenge, assertion)
    asked = _write_the_question(challenge, passkey, verified, by=by, now=now)
    answer = ask_issuer(asked, by=by, now=now)
    return write_outcome(authorization_id=asked.authorization_id, answer=answer, by=by, now=now)


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
) -> Question:
    payment = Payment.locked(seen.payment_id)
    refuse_unless_approvable(payment, customer_id=seen.customer_id, now=now)
    still_open = Challenge.objects.filter(pk=seen.pk, consumed_at=None, voided_at=None, expires_at__gt=now)
    if still_open.update(consumed_at=now) != 1:
        raise ChallengeNotOpen
    challenge = Challenge.objects.get(pk=seen.pk)
    details = _details_as_signed(payment, challenge)
    customer = customer_by_id(challenge.customer_id)
    wallet = accounts.lock_wallet(wallet_of_customer(customer).id)
    card = card_of(customer, challenge.card_id)
    refuse_unless_usable(card, now=now)
    refuse_if_stopped(payment, wallet_id=wallet.id, now=now)
    try:
        accounts.note_passkey_use(passkey_id=passkey.id, sign_count=verified.sign_count, now=now)
    except AssertionRefused as no:
        raise ApprovalRefused(why=no.why) from no

    return write_question(
        payment,
        card=card,
        approval=_keep(challenge, passkey, verified, details, now=now),
        points_minor=challenge.points_minor,
        checks=_checks(challenge),
        by=by,
        now=now,
    )


def _checks(challenge: Challenge) -> list[CheckLine]:
    """All that held when the issuer was asked."""
    return [
        passed(Check.APPROVAL, kind=str(challenge.kind)),
        passed(Check.RULES),
        passed(Check.CARD_STATE),
        passed(Check.CARD_EXPIRY),
        unknown(Check.ISSUER),
    ]


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
