"""Asking the issuer: the question that is written first, the asking itself, and the question that is never asked.

Whoever lets a payment go to the issuer, a customer's passkey or a permission given earlier, uses these three, and
`write_outcome` for what comes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from common.actors import Actor
from common.db import outside_transaction, transaction_required
from common.ids import new_id
from common.money import Money, pts
from events import services as events
from payments.card_check import Check, CheckLine, as_json, not_checked, unknown
from payments.declines import decline_facts
from payments.models import Approval, Authorization, Grant, Payment
from payments.services._attempt import close_attempt
from payments.services._authentication import write_authentication
from payments.services._checks import not_before, why_refused
from payments.services._inquiry import ask_what_became_of
from payments.services._telling import merchant_facts, tell
from payments.services.claim_due import lease_from
from payments.states import AuthorizationStatus, Initiator
from points import services as points
from vault import services as vault
from vault.types import Answer, Declined, MerchantFacts, NotFound, NotSent, Unknown

if TYPE_CHECKING:
    from accounts.models import Card


@dataclass(frozen=True, slots=True)
class Question:
    """What the asking needs; nothing of it is read from the database again."""

    authorization_id: str
    card_token: str
    wallet_id: str
    amount: Money
    merchant: MerchantFacts
    brand: str
    initiator: str = Initiator.CUSTOMER
    series_ref: str = ""
    """The network's reference of the first payment of a series, where this one continues it."""
    three_ds_ref: str = ""
    """Under which the safe keeps what 3-D Secure proved about this attempt."""


@transaction_required
def write_question(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    *,
    card: "Card",
    approval: Approval | None = None,
    initiator: Initiator = Initiator.CUSTOMER,
    series_ref: str = "",
    points_minor: int = 0,
    authenticate: bool = False,
    checks: Iterable[CheckLine],
    by: Actor,
    now: datetime,
) -> Question:
    """First step, part of the caller's commit: the payment is bound to the card's wallet, points are held, and the
    authorization is `sent`; or, with `authenticate`, its issuer is asked by 3-D Secure first. A second open one is
    refused by a unique index, whatever the caller believes.
    """
    bind(
        payment,
        customer_id=card.wallet.customer_id,
        wallet_id=card.wallet_id,
        card=card,
        points_minor=points_minor,
        by=by,
        now=now,
    )
    attempt = write_attempt(
        payment,
        card=card,
        approval=approval,
        initiator=initiator,
        checks=[*checks, unknown(Check.ISSUER)],
        status=AuthorizationStatus.AUTHENTICATING if authenticate else AuthorizationStatus.SENT,
        by=by,
        now=now,
        sent_at=None if authenticate else now,
        next_inquiry_at=None if authenticate else lease_from(now),
    )
    if authenticate:
        write_authentication(payment, attempt, now=now)
    tell("payment.processing", payment, by=by, now=now)
    return question_of(payment, attempt, series_ref=series_ref)


def question_of(payment: Payment, attempt: Authorization, *, series_ref: str = "", three_ds_ref: str = "") -> Question:
    """The question that an attempt stands for."""
    return Question(
        authorization_id=attempt.id,
        card_token=attempt.card_token,
        wallet_id=attempt.wallet_id,
        amount=attempt.amount,
        merchant=merchant_facts(payment),
        brand=payment.card_brand,
        initiator=attempt.initiator,
        series_ref=series_ref,
        three_ds_ref=three_ds_ref,
    )


@outside_transaction
def ask_issuer(question: Question, *, by: Actor, now: datetime) -> Answer | NotFound:
    """The second step. An answer that is none (a malfunction, a duplicate) is asked about at once."""
    answer = vault.authorize_card(
        card_token=question.card_token,
        owner_ref=question.wallet_id,
        amount=question.amount,
        merchant=question.merchant,
        reference=question.authorization_id,
        initiator=question.initiator,
        series_ref=question.series_ref,
        three_ds_ref=question.three_ds_ref,
        by_ref=by.ref,
        now=now,
    )
    if isinstance(answer, Declined) and decline_facts(answer.response_code, brand=question.brand).ask_again:
        outcome = ask_what_became_of(question.authorization_id, now=now)
        # That nobody could be asked now says nothing about what was sent before.
        return Unknown(why=outcome.why) if isinstance(outcome, NotSent) else outcome
    return answer


@transaction_required
def refuse_by_checks(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    *,
    card: "Card",
    grant: Grant,
    checks: Iterable[CheckLine],
    no: CheckLine,
    by: Actor,
    now: datetime,
) -> Authorization:
    """Instead of asking, when our own checks say no and nobody is there to be told: the attempt is kept, declined and
    never sent. `no` is the line that stops it. The payment is `processing`, as a charge is written.
    """
    lines = [*checks, not_checked(Check.ISSUER)]
    attempt = write_attempt(payment, card=card, grant=grant, initiator=Initiator.MERCHANT, checks=lines, by=by, now=now)
    why, retry_after = why_refused(no), not_before(no)
    close_attempt(payment, attempt, why=why, asked=False, by=by, now=now, retry_after=retry_after)
    return attempt


@transaction_required
def bind(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    *,
    customer_id: str,
    wallet_id: str,
    card: "Card | None",
    points_minor: int,
    by: Actor,
    now: datetime,
) -> None:
    """The payment is this customer's from now on, and their points are set aside for it; without a card, all of it."""
    payment.move(
        "approve",
        by=by,
        now=now,
        customer_id=customer_id,
        wallet_id=wallet_id,
        points_minor=points_minor,
        card_id=card.id if card else "",
        card_brand=card.brand if card else "",
        card_last4=card.last4 if card else "",
        approved_at=now,
    )
    if payment.points:
        points.hold_points(wallet_id=wallet_id, payment_id=payment.id, amount=pts(points_minor), now=now)


@transaction_required
def write_attempt(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    *,
    card: "Card",
    approval: Approval | None = None,
    grant: Grant | None = None,
    initiator: Initiator,
    checks: Iterable[CheckLine],
    status: AuthorizationStatus = AuthorizationStatus.SENT,
    by: Actor,
    now: datetime,
    sent_at: datetime | None = None,
    next_inquiry_at: datetime | None = None,
) -> Authorization:
    """The attempt and its line in the audit chain. One of `approval` and `grant` is what allows it."""
    attempt = new_attempt(
        payment,
        card=card,
        approval=approval,
        grant=grant,
        initiator=initiator,
        checks=checks,
        now=now,
        sent_at=sent_at,
        next_inquiry_at=next_inquiry_at,
    )
    attempt.status = status
    attempt.save(force_insert=True)
    events.write_audit(**line_of_use(payment, attempt), by=by, at=now)
    return attempt


def new_attempt(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    *,
    card: "Card",
    approval: Approval | None = None,
    grant: Grant | None = None,
    initiator: Initiator,
    checks: Iterable[CheckLine],
    now: datetime,
    sent_at: datetime | None = None,
    next_inquiry_at: datetime | None = None,
) -> Authorization:
    """The attempt's row, not written yet."""
    return Authorization(
        id=new_id("auth"),
        payment=payment,
        approval=approval,
        grant=grant,
        initiator=initiator,
        wallet_id=card.wallet_id,
        card_id=card.id,
        card_token=card.card_token,
        amount_minor=payment.card_part.minor,
        currency=payment.currency,
        card_check=as_json(checks),
        begun_at=now,
        sent_at=sent_at,
        next_inquiry_at=next_inquiry_at,
    )


def line_of_use(payment: Payment, attempt: Authorization) -> dict[str, Any]:
    """What the audit chain says about a card that is used."""
    allowed_by = {"approval": attempt.approval_id} if attempt.approval_id else {"grant": attempt.grant_id or ""}
    return {
        "action": "payment.approved" if attempt.approval_id else "payment.charged",
        "subject": payment.id,
        "data": {
            **allowed_by,
            "authorization": attempt.id,
            "card": attempt.card_id,
            "amount": payment.amount_minor,
        },
    }
