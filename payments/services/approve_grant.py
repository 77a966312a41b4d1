"""The customer's yes to a permission: from this commit on the shop may charge within what was signed.

A try counts whatever comes of it, so it is a commit of its own; the second one consumes the challenge by one UPDATE
that must hit one row, hashes the details again from the rows as they are now, keeps the approval and writes the limits
that were signed. No issuer is asked.

Refuses: all that `offer_grant_approval` refuses, and ApprovalRefused for whatever does not hold about the signature.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from accounts import services as accounts
from accounts.queries import card_of, customer_by_id, wallet_of_customer
from accounts.types import VerifiedAssertion
from common.actors import Actor
from common.db import outside_transaction, transaction
from common.states import next_state
from payments.details import GrantDetails
from payments.models import Challenge, Grant
from payments.models.approval import grant_details_of
from payments.services._grant import refuse_day, refuse_unless_answerable, tell_grant
from payments.services._may_approve import refuse_unless_usable
from payments.services._rules import refuse_if_never_charged
from payments.services._signature import consume, count_the_try, keep_approval, verify
from payments.states import GRANT_TRANSITIONS, GrantStatus

if TYPE_CHECKING:
    from accounts.models import PaymentPasskey


@outside_transaction
def approve_grant(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *, grant_id: str, customer_id: str, challenge_id: str, assertion: Mapping[str, Any], by: Actor, now: datetime
) -> Grant:
    open_ones = Challenge.objects.select_related("grant__merchant", "grant__shop")
    seen = open_ones.filter(pk=challenge_id, grant_id=grant_id, customer_id=customer_id).first()
    if seen and seen.grant:
        _refuse_unless_possible(seen.grant, customer_id=customer_id, now=now)
    challenge = count_the_try(seen, now=now)
    passkey, verified = verify(challenge, assertion)
    return _write(challenge, passkey, verified, by=by, now=now)


def _refuse_unless_possible(grant: Grant, *, customer_id: str, now: datetime) -> None:
    refuse_unless_answerable(grant, customer_id=customer_id, now=now)
    next_state(GRANT_TRANSITIONS, GrantStatus(grant.status), "approve")


@transaction
def _write(
    challenge: Challenge, passkey: "PaymentPasskey", verified: VerifiedAssertion, *, by: Actor, now: datetime
) -> Grant:
    grant = Grant.locked(str(challenge.grant_id))
    _refuse_unless_possible(grant, customer_id=challenge.customer_id, now=now)
    consume(challenge, now=now)
    customer = customer_by_id(challenge.customer_id)
    wallet = accounts.lock_wallet(wallet_of_customer(customer).id)
    card = card_of(customer, challenge.card_id)
    refuse_unless_usable(card, now=now)
    refuse_if_never_charged(grant, wallet_id=wallet.id)
    limits = _limits_signed(challenge)
    refuse_day(limits["until"], now=now)
    details = grant_details_of(
        grant, customer_id=customer.id, card_id=card.id, expires_at=challenge.expires_at, **limits
    ).as_members()
    approval = keep_approval(challenge, details=details, passkey=passkey, verified=verified, now=now)

    grant.move(
        "approve",
        by=by,
        now=now,
        customer_id=customer.id,
        wallet_id=wallet.id,
        card_id=card.id,
        card_brand=card.brand,
        card_last4=card.last4,
        approved_at=now,
        **limits,
    )
    tell_grant("grant.approved", grant, by=by, now=now, approval=approval.id)
    return grant


def _limits_signed(challenge: Challenge) -> dict[str, Any]:
    """As the customer chose them when the challenge was opened; the hash over all of it says whether they still are."""
    signed = GrantDetails.read(challenge.details)
    return {
        "limit_per_payment_minor": int(signed.limit_per_payment),
        "limit_per_period_minor": int(signed.limit_per_period) if signed.limit_per_period else None,
        "until": date.fromisoformat(signed.until),
    }
