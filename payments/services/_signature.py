"""What a customer's passkey answered to an open challenge: counted, verified, kept. For payments and grants alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db.models import F

from accounts import services as accounts
from accounts.errors import AssertionRefused
from accounts.passkeys import verify_assertion
from accounts.queries import passkey_by_credential
from accounts.types import AssertionKind, VerifiedAssertion
from common.db import transaction_required
from common.ids import new_id
from common.json import canonical
from payments.details import GRANT_PREFIX, PREFIX, challenge_over
from payments.errors import ApprovalRefused, ChallengeNotOpen, DetailsChanged
from payments.models import Approval, Challenge
from payments.models.approval import members_shown
from payments.states import MOST_TRIES

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import PaymentPasskey


def count_the_try(challenge: Challenge | None, *, now: datetime) -> Challenge:
    """One UPDATE, committed by itself: a try counts whatever comes of it."""
    if challenge is None:
        raise ChallengeNotOpen
    still_open = _open(challenge, now=now).filter(tries__lt=MOST_TRIES)
    if still_open.update(tries=F("tries") + 1) != 1:
        raise ChallengeNotOpen
    return challenge


def verify(challenge: Challenge, assertion: Mapping[str, Any]) -> "tuple[PaymentPasskey, VerifiedAssertion]":
    """Refuses (ApprovalRefused) whatever does not hold, in one way outwardly."""
    try:
        passkey = passkey_by_credential(challenge.customer_id, assertion.get("id"))
        verified = verify_assertion(
            passkey=passkey.facts(),
            challenge=digest_of(challenge, challenge.details),
            assertion=assertion,
            origin=settings.WEBAUTHN_ORIGIN,
            rp_id=settings.WEBAUTHN_RP_ID,
            payment=members_shown(challenge.shown),
            kind=cast("AssertionKind", str(challenge.kind)),
        )
    except AssertionRefused as no:
        raise ApprovalRefused(why=no.why) from no
    return passkey, verified


@transaction_required
def consume(challenge: Challenge, *, now: datetime) -> None:
    """One UPDATE that must hit one row: of two who bring the same answer one is late."""
    if _open(challenge, now=now).update(consumed_at=now) != 1:
        raise ChallengeNotOpen


@transaction_required
def keep_approval(
    challenge: Challenge,
    *,
    details: Mapping[str, str],
    passkey: "PaymentPasskey",
    verified: VerifiedAssertion,
    now: datetime,
) -> Approval:
    """For ever, with every byte. `details` are those of the rows as they are now: they must be what was signed."""
    approval = new_approval(challenge, details=details, passkey=passkey, verified=verified, now=now)
    try:
        accounts.note_passkey_use(passkey_id=passkey.id, sign_count=verified.sign_count, now=now)
    except AssertionRefused as no:
        raise ApprovalRefused(why=no.why) from no
    approval.save(force_insert=True)
    return approval


def new_approval(
    challenge: Challenge,
    *,
    details: Mapping[str, str],
    passkey: "PaymentPasskey",
    verified: VerifiedAssertion,
    now: datetime,
) -> Approval:
    """Its row, not written yet. Refuses (DetailsChanged) details that are not what was signed."""
    if digest_of(challenge, details) != bytes(challenge.digest):
        raise DetailsChanged(why="details")
    facts = passkey.facts()
    return Approval(
        id=new_id("apr"),
        payment_id=challenge.payment_id,
        grant_id=challenge.grant_id,
        challenge=challenge,
        customer_id=challenge.customer_id,
        passkey_id=passkey.id,
        credential_id=facts.credential_id,
        public_key=facts.public_key,
        user_handle=facts.user_handle,
        backup_eligible=facts.backup_eligible,
        kind=verified.kind,
        nonce=bytes(challenge.nonce),
        details=canonical(dict(details)),
        shown=challenge.shown,
        client_data=verified.client_data,
        authenticator_data=verified.authenticator_data,
        signature=verified.signature,
        origin=settings.WEBAUTHN_ORIGIN,
        rp_id=settings.WEBAUTHN_RP_ID,
        approved_at=now,
    )


def digest_of(challenge: Challenge, details: Mapping[str, str]) -> bytes:
    prefix = PREFIX if challenge.grant_id is None else GRANT_PREFIX
    return challenge_over(details, nonce=bytes(challenge.nonce), prefix=prefix)


def _open(challenge: Challenge, *, now: datetime) -> "QuerySet[Challenge]":
    return Challenge.objects.filter(pk=challenge.pk, consumed_at=None, voided_at=None, expires_at__gt=now)
