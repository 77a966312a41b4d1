"""The customer's yes, and the asking of the issuer that it allows. Three steps, two commits:

1. commit: the challenge is consumed by one UPDATE that must hit one row, the details are read again from the payment's
   row and hashed again, the approval is kept, points are held, the authorization is written as `sent`;
2. the safe asks the network, while no transaction is open;
3. commit: the outcome; with automatic capture, the capture and its books too.

Where points pay all of it there is no card and nobody to ask: the first commit is all of it.

In the ordinary case 1 and 3 are one statement each (`_approve_at_once`, `_settle_at_once`); what is said here is what
they hold to, and whatever is otherwise is written here.

With 3-D Secure the authorization is written as `authenticating`, and `continue_payment` asks the directory before it
asks the issuer; a challenge leaves the payment `processing` until a result comes.

A crash after 1 leaves an authorization in `sent`: the janitor asks the network what became of it. What comes back is
the payment as it is then: `authorized` or `captured`, `requires_approval` or `declined` after the issuer's no, and
`processing` while nobody knows.

Refuses: all that `offer_approval` refuses, and ApprovalRefused for whatever does not hold about the signature.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts import services as accounts
from accounts.queries import card_of, customer_by_id, wallet_of_customer
from accounts.types import VerifiedAssertion
from common.actors import Actor
from common.db import outside_transaction, transaction
from common.money import Money
from payments.card_check import Check, passed, unknown
from payments.models import Challenge, Payment
from payments.models.approval import details_of
from payments.services._approve_at_once import approve_at_once
from payments.services._authentication import is_asked_always
from payments.services._checks import look_at, look_at_points_only, refuse_what_stops
from payments.services._may_approve import refuse_unless_approvable
from payments.services._points_only import pay_with_points
from payments.services._question import Question, ask_issuer, question_of, write_question
from payments.services._rules import refuse_if_stopped
from payments.services._settle_at_once import settle_at_once
from payments.services._signature import consume, count_the_try, keep_approval, verify
from payments.services.continue_payment import NO_BROWSER, continue_payment
from payments.services.write_outcome import write_outcome
from payments.states import PaymentStatus
from vault.types import Authorized, BrowserFacts

if TYPE_CHECKING:
    from accounts.models import PaymentPasskey


@outside_transaction
def approve_payment(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    payment_id: str,
    customer_id: str,
    challenge_id: str,
    assertion: Mapping[str, Any],
    browser: BrowserFacts = NO_BROWSER,
    by: Actor,
    now: datetime,
) -> Payment:
    known = Challenge.objects.select_related("payment__merchant", "payment__shop")
    seen = known.filter(pk=challenge_id, payment_id=payment_id, customer_id=customer_id).first()
    if seen and seen.payment:
        refuse_unless_approvable(seen.payment, customer_id=customer_id, now=now)
    challenge = count_the_try(seen, now=now)
    passkey, verified = verify(challenge, assertion)
    attempt = approve_at_once(challenge, passkey, verified, by=by, now=now)
    if attempt is None:
        asked = _write_the_question(payment_id, challenge, passkey, verified, by=by, now=now)
    else:
        asked = question_of(attempt.payment, attempt)
    if isinstance(asked, Payment):
        return asked
    if not is_asked_always():
        answer = ask_issuer(asked, by=by, now=now)
        if attempt and isinstance(answer, Authorized) and settle_at_once(attempt, answer, by=by, now=now):
            return attempt.payment
        payment = write_outcome(authorization_id=asked.authorization_id, answer=answer, by=by, now=now)
        if payment.status != PaymentStatus.PROCESSING:
            return payment
    return continue_payment(payment_id=payment_id, browser=browser, by=by, now=now)


@transaction
def _write_the_question(  # noqa: PLR0913 (each is a fact of the story)
    payment_id: str,
    challenge: Challenge,
    passkey: "PaymentPasskey",
    verified: VerifiedAssertion,
    *,
    by: Actor,
    now: datetime,
) -> Question | Payment:
    """What is to be asked; the payment itself where points paid all of it."""
    payment = Payment.locked(payment_id)
    refuse_unless_approvable(payment, customer_id=challenge.customer_id, now=now)
    consume(challenge, now=now)
    customer = customer_by_id(challenge.customer_id)
    wallet = accounts.lock_wallet(wallet_of_customer(customer).id)
    card = card_of(customer, challenge.card_id) if challenge.card_id else None
    if card:
        lines = look_at(
            payment,
            card=card,
            amount=Money(payment.amount_minor - challenge.points_minor, payment.currency),
            passkey=passkey,
            approval_kind=str(challenge.kind),
            now=now,
        )
    else:
        lines = look_at_points_only(passkey=passkey, approval_kind=str(challenge.kind), now=now)
    refuse_what_stops(lines, now=now)
    refuse_if_stopped(payment, wallet_id=wallet.id, now=now)
    details = details_of(
        payment,
        customer_id=challenge.customer_id,
        card_id=challenge.card_id,
        points_minor=challenge.points_minor,
        expires_at=challenge.expires_at,
    ).as_members()
    approval = keep_approval(challenge, details=details, passkey=passkey, verified=verified, now=now)
    if card is None:
        checks = [*lines, passed(Check.RULES)]
        pay_with_points(payment, wallet=wallet, approval=approval, checks=checks, by=by, now=now)
        return payment
    return write_question(
        payment,
        card=card,
        approval=approval,
        points_minor=challenge.points_minor,
        authenticate=is_asked_always(),
        checks=[*lines, passed(Check.RULES), *([unknown(Check.THREE_DS)] if is_asked_always() else [])],
        by=by,
        now=now,
    )
