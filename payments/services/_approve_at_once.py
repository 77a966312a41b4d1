"""The first commit of an approval, in one statement, for the case that nearly all approvals are.

A card pays all of it, its owner has no rules of their own, and no issuer has said no lately. Every rule is looked at
here, by the plain verb's own functions, on rows that were seen without a lock; `payments_approve` compares what it
changes with what was seen, and writes all or nothing. Whatever is otherwise answers None and has written nothing: the
plain way says what is the matter, and `approve_payment` is the definition of what is right.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from accounts.queries import card_of_customer
from accounts.types import VerifiedAssertion
from common.actors import Actor
from common.db import outside_transaction
from common.errors import Refusal
from common.functions import FunctionRefused, call_function, row_json
from common.ids import read_id
from common.states import next_state
from events import services as events
from payments.card_check import Check, CheckLine, passed, unknown, what_stops
from payments.models import Approval, Authorization, Challenge, Payment, PaymentStatusChange
from payments.models.approval import details_of
from payments.queries import snapshot_of
from payments.retries import DAY
from payments.services._authentication import is_asked_always, new_authentication
from payments.services._checks import look_at_spotless
from payments.services._question import line_of_use, new_attempt
from payments.services._signature import new_approval
from payments.services._telling import told_of
from payments.services.claim_due import lease_from
from payments.states import PAYMENT_TRANSITIONS, AuthorizationStatus, Initiator, PaymentStatus

if TYPE_CHECKING:
    from accounts.models import Card, PaymentPasskey


@outside_transaction
def approve_at_once(
    challenge: Challenge, passkey: "PaymentPasskey", verified: VerifiedAssertion, *, by: Actor, now: datetime
) -> Authorization | None:
    """The attempt as it was written, with its payment."""
    payment = challenge.payment
    if payment is None or payment.grant_id or challenge.points_minor or not challenge.card_id:
        return None
    card = card_of_customer(challenge.customer_id, challenge.card_id)
    if card is None:
        return None
    try:
        checks = _what_was_checked(payment, challenge, card, passkey, now=now)
        approval = new_approval(
            challenge, details=_details(payment, challenge), passkey=passkey, verified=verified, now=now
        )
    except Refusal:
        return None
    if checks is None:
        return None
    seen_version = payment.version
    change = _bind(payment, card, by=by, now=now)
    attempt = _attempt(payment, card, approval, checks, now=now)
    snapshot = snapshot_of(payment, attempt=attempt, captures=[])
    document = {
        "seen_version": seen_version,
        "challenge": str(read_id(challenge.id, prefix="chl")),
        "at": now.isoformat(),
        "passkey": {
            "passkey": str(read_id(passkey.id, prefix="pky")),
            "sign_count": verified.sign_count,
            "at": now.isoformat(),
        },
        "payment": row_json(payment),
        "change": row_json(change),
        "approval": row_json(approval),
        "attempt": row_json(attempt),
        "authentication": row_json(new_authentication(payment, attempt, now=now)) if is_asked_always() else None,
        "pays": {
            "wallet": str(read_id(card.wallet_id, prefix="wal")),
            "card": str(read_id(card.id, prefix="card")),
        },
        "noes_since": (now - DAY).isoformat(),
        "records": [events.audit_document(**line_of_use(payment, attempt), by=by, at=now)],
        "events": [events.event_document("payment.processing", by=by, at=now, **told_of(payment, snapshot))],
    }
    try:
        call_function("payments_approve", document)
    except FunctionRefused:
        return None
    events.wake_relay()
    return attempt


def _what_was_checked(
    payment: Payment, challenge: Challenge, card: "Card", passkey: "PaymentPasskey", *, now: datetime
) -> list[CheckLine] | None:
    """The lines before the issuer's, of which none is a no."""
    lines = look_at_spotless(
        card=card,
        amount=payment.amount,
        initiator=Initiator.CUSTOMER,
        passkey=passkey,
        approval_kind=str(challenge.kind),
        now=now,
    )
    if what_stops(lines) is not None or not card.is_usable(now=now):
        return None
    return [*lines, passed(Check.RULES), *([unknown(Check.THREE_DS)] if is_asked_always() else [])]


def _details(payment: Payment, challenge: Challenge) -> Mapping[str, str]:
    details = details_of(
        payment,
        customer_id=challenge.customer_id,
        card_id=challenge.card_id,
        points_minor=0,
        expires_at=challenge.expires_at,
    )
    return details.as_members()


def _bind(payment: Payment, card: "Card", *, by: Actor, now: datetime) -> PaymentStatusChange:
    old = PaymentStatus(payment.status)
    payment.status = next_state(PAYMENT_TRANSITIONS, old, "approve")
    payment.version, payment.updated_at, payment.approved_at = payment.version + 1, now, now
    payment.customer_id, payment.wallet_id, payment.points_minor = card.wallet.customer_id, card.wallet_id, 0
    payment.card_id, payment.card_brand, payment.card_last4 = card.id, card.brand, card.last4
    return PaymentStatusChange(
        payment=payment, version=payment.version, old=old, new=payment.status, verb="approve", by=by.ref, at=now
    )


def _attempt(
    payment: Payment, card: "Card", approval: Approval, checks: Sequence[CheckLine], *, now: datetime
) -> Authorization:
    authenticate = is_asked_always()
    attempt = new_attempt(
        payment,
        card=card,
        approval=approval,
        initiator=Initiator.CUSTOMER,
        checks=[*checks, unknown(Check.ISSUER)],
        now=now,
        sent_at=None if authenticate else now,
        next_inquiry_at=None if authenticate else lease_from(now),
    )
    attempt.status = AuthorizationStatus.AUTHENTICATING if authenticate else AuthorizationStatus.SENT
    return attempt
