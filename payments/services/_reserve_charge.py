"""The first commit of a charge: everything that must be so before the issuer is asked, in one go.

The grant's row is the lock: whoever pauses, lowers or ends it, and every other charge with it, waits for its turn here.
The payment is written `processing` at once, with its attempt, so that there is no state in between to fall into.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts import services as accounts
from accounts.queries import card_in_wallet
from common.actors import Actor
from common.db import transaction, transaction_required
from common.insert_once import insert_once
from common.json import compact
from common.money import Money
from common.text import clean_line
from merchants.states import MerchantStatus
from payments.card_check import Check, CheckLine, passed, unknown, what_stops
from payments.errors import (
    AmountTooSmall,
    CurrencyNotAccepted,
    FactsTooLarge,
    GrantCardUnusable,
    GrantEnded,
    GrantExpired,
    GrantInUse,
    GrantLimitExceeded,
    GrantNotApproved,
    GrantNotFound,
    GrantPaused,
    GrantPeriodLimitExceeded,
    MerchantNotOpen,
    ReferenceUsed,
    RepeatDiffers,
)
from payments.items import clean_items
from payments.models import Grant, Payment, PaymentStatusChange
from payments.services._checks import look_at
from payments.services._question import Question, question_of, refuse_by_checks, write_attempt
from payments.services._rules import check_rules
from payments.services._telling import tell
from payments.services.claim_due import lease_from
from payments.services.create_payment import MOST_FACTS_BYTES
from payments.states import (
    LEAST_CARD_PART_MINOR,
    CaptureMethod,
    GrantEnd,
    GrantKind,
    GrantStatus,
    Initiator,
    PaymentStatus,
)

if TYPE_CHECKING:
    from accounts.models import Card


@dataclass(frozen=True, slots=True)
class Reserved:
    """`question` is empty when there is nothing to ask: the charge was made before, or the customer's rules said no."""

    payment: Payment
    question: Question | None


@transaction
def reserve_charge(  # noqa: PLR0913 (a payment is this many facts, and all are named)
    *,
    payment_id: str,
    merchant_id: str,
    grant_id: str,
    amount: Money,
    merchant_reference: str,
    description: str,
    items: Sequence[Mapping[str, Any]],
    metadata: Mapping[str, str],
    capture_method: str,
    by: Actor,
    now: datetime,
) -> Reserved:
    grant = Grant.locked(grant_id)
    if grant.merchant_id != merchant_id:
        raise GrantNotFound
    if grant.approved_at is None:
        raise GrantEnded if grant.status == GrantStatus.ENDED else GrantNotApproved
    accounts.lock_wallet(grant.wallet_id)
    card = card_in_wallet(grant.wallet_id, grant.card_id)
    asked = as_asked(
        grant,
        payment_id=payment_id,
        amount=amount,
        merchant_reference=merchant_reference,
        description=description,
        items=items,
        metadata=metadata,
        capture_method=capture_method,
        now=now,
    )
    asked.merchant, asked.shop = grant.merchant, grant.shop
    # Written first, so that a repeat is known as one before its own first run is held against it.
    if not insert_once(asked):
        return Reserved(_repeated(asked), question=None)
    refuse_what_cannot_be_charged(asked, grant, now=now)
    if card is None or not card.is_usable(now=now):
        raise GrantCardUnusable
    grant.reserve(amount, now=now)
    PaymentStatusChange.objects.create(
        payment=asked, version=1, old="", new=PaymentStatus.PROCESSING, verb="charge", by=by.ref, at=now
    )
    checks = [
        passed(Check.GRANT),
        passed(Check.GRANT_LIMITS),
        *look_at(asked, card=card, amount=asked.amount, initiator=Initiator.MERCHANT, now=now),
        *check_rules(payment=asked, wallet_id=grant.wallet_id, merchant=grant.merchant, by_grant=True, now=now),
    ]
    if no := what_stops(checks):
        tell("payment.created", asked, by=by, now=now)
        refuse_by_checks(asked, card=card, grant=grant, checks=checks, no=no, by=by, now=now)
        return Reserved(asked, question=None)
    return Reserved(asked, _question(asked, grant, card, [*checks, unknown(Check.ISSUER)], by=by, now=now))


def as_asked(  # noqa: PLR0913 (a payment is this many facts, and all are named)
    grant: Grant,
    *,
    payment_id: str,
    amount: Money,
    merchant_reference: str,
    description: str,
    items: Sequence[Mapping[str, Any]],
    metadata: Mapping[str, str],
    capture_method: str,
    now: datetime,
) -> Payment:
    """The payment's row, not written yet. The caller sets its merchant and shop where it knows them."""
    return Payment(
        id=payment_id,
        merchant_id=grant.merchant_id,
        shop_id=grant.shop_id,
        grant=grant,
        grant_counted_minor=amount.minor,
        wallet_id=grant.wallet_id,
        customer_id=grant.customer_id,
        card_id=grant.card_id,
        card_brand=grant.card_brand,
        card_last4=grant.card_last4,
        amount_minor=amount.minor,
        currency=amount.currency,
        status=PaymentStatus.PROCESSING,
        capture_method=CaptureMethod(capture_method),
        merchant_reference=clean_line(merchant_reference, 255),
        description=clean_line(description, 500, may_be_empty=True),
        items=clean_items(items),
        return_url=grant.return_url,
        metadata=dict(metadata),
        expires_at=now,  # nobody is waited for
        approved_at=now,
        created_at=now,
        updated_at=now,
    )


@transaction_required
def _question(  # noqa: PLR0913 (each is a fact of the story)
    payment: Payment, grant: Grant, card: "Card", checks: list[CheckLine], *, by: Actor, now: datetime
) -> Question:
    attempt = write_attempt(
        payment,
        card=card,
        grant=grant,
        initiator=Initiator.MERCHANT,
        checks=checks,
        by=by,
        now=now,
        sent_at=now,
        next_inquiry_at=lease_from(now),
    )
    tell("payment.created", payment, by=by, now=now)
    return question_of(payment, attempt, series_ref=grant.first_network_reference)


def _repeated(asked: Payment) -> Payment:
    """The first payment with this id. Another one with its merchant reference is named in the refusal."""
    payments = Payment.objects.select_related("merchant", "shop")
    first = payments.filter(pk=asked.pk).first()
    if first is None:
        same = {"merchant_id": asked.merchant_id, "merchant_reference": asked.merchant_reference}
        raise ReferenceUsed(payment_id=payments.get(**same).pk)
    question = ("merchant_id", "grant_id", "amount_minor", "currency", "capture_method", "merchant_reference")
    more = ("description", "items", "metadata")
    if any(getattr(first, name) != getattr(asked, name) for name in (*question, *more)):
        raise RepeatDiffers
    return first


def refuse_what_cannot_be_charged(payment: Payment, grant: Grant, *, now: datetime) -> None:
    if grant.ended_why == GrantEnd.EXPIRED or (grant.is_open and grant.is_over(now=now)):
        raise GrantExpired
    if grant.status == GrantStatus.ENDED:
        raise GrantEnded
    if grant.status == GrantStatus.PAUSED:
        raise GrantPaused
    if payment.merchant.status != MerchantStatus.ADMITTED:
        raise MerchantNotOpen
    _refuse_amount(payment, grant, now=now)
    if len(compact([payment.description, payment.items, payment.metadata]).encode()) > MOST_FACTS_BYTES:
        raise FactsTooLarge(most_bytes=MOST_FACTS_BYTES)


def _refuse_amount(payment: Payment, grant: Grant, *, now: datetime) -> None:
    if payment.currency != grant.currency:
        raise CurrencyNotAccepted(currency=payment.currency)
    if payment.amount_minor < LEAST_CARD_PART_MINOR:
        raise AmountTooSmall(least=Money(LEAST_CARD_PART_MINOR, payment.currency))
    if payment.amount > grant.limit_per_payment:
        raise GrantLimitExceeded(limit=grant.limit_per_payment)
    if grant.kind == GrantKind.ONE_TIME and grant.used_minor:
        raise GrantInUse
    left = grant.left_now(now=now)
    if payment.amount > left:
        raise GrantPeriodLimitExceeded(left=left)
