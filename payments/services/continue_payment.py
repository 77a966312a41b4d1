"""Take a payment whose issuer is asked by 3-D Secure one step further: after the approval, when the browser comes back,
when a result was heard, and when the janitor finds it waiting. Safe to call at any time, by anybody, and twice:

- `asked`: the directory is asked, or what it said is read in the safe's own record, and written down;
- `challenged`, `awaited`: a result that came is taken; without one, the time limit ends the attempt;
- `agreed`: card and customer's rules are looked at again; one compare-and-set makes the attempt `sent`, and only
  whoever did that asks the issuer for the money.

What the browser carries is never looked at: the result comes from the directory, or not at all.
"""

from datetime import datetime
from typing import Final

from django.conf import settings

from accounts import services as accounts
from accounts.queries import card_in_wallet
from accounts.states import CardStatus
from common.actors import Actor
from common.db import outside_transaction, transaction
from payments.card_check import Check, CheckLine, failed, what_stops
from payments.declines import AUTHENTICATION_EXPIRED
from payments.models import Authentication, Authorization, Payment
from payments.services._attempt import close_attempt, with_line
from payments.services._authentication import SAFE_IS_AWAY, STILL_WAITS, end_waiting, take_answer
from payments.services._checks import look_at_card, why_refused
from payments.services._question import Question, ask_issuer, question_of
from payments.services._rules import check_rules
from payments.services._telling import merchant_facts
from payments.services.claim_due import lease_from
from payments.services.write_outcome import write_outcome
from payments.states import AuthenticationStatus, AuthorizationStatus
from payments.three_ds import proof_data
from vault import services as vault
from vault.types import AuthenticationAnswer, BrowserFacts, NotSent, RequestorProof, ThreeDSecure

NO_BROWSER: Final = BrowserFacts()
S = AuthenticationStatus


@outside_transaction
def continue_payment(*, payment_id: str, browser: BrowserFacts | None = None, by: Actor, now: datetime) -> Payment:
    """`browser` is there when its owner is, just now; only then the directory is asked."""
    for _step in range(6):  # ask, agree, send, be softly declined, ask, agree: a payment that waits needs fewer
        authentication = _open_one(payment_id)
        if authentication is None:
            break
        match AuthenticationStatus(authentication.status):
            case S.AGREED:
                if (question := _send(authentication.id, by=by, now=now)) is None:
                    break
                answer = ask_issuer(question, by=by, now=now)
                write_outcome(authorization_id=question.authorization_id, answer=answer, by=by, now=now)
            case S.ASKED if browser is not None:
                _write(authentication.id, _ask_directory(authentication, browser, by=by, now=now), by=by, now=now)
            case _:
                if not _look(authentication, by=by, now=now):
                    break
    return Payment.objects.select_related("merchant", "shop").get(pk=payment_id)


def _open_one(payment_id: str) -> Authentication | None:
    rows = Authentication.objects.select_related("authorization__approval", "payment__merchant", "payment__shop")
    return rows.filter(payment_id=payment_id, authorization__status=AuthorizationStatus.AUTHENTICATING).first()


def _ask_directory(
    authentication: Authentication, browser: BrowserFacts, *, by: Actor, now: datetime
) -> AuthenticationAnswer:
    attempt = authentication.authorization
    return vault.authenticate_card(
        card_token=attempt.card_token,
        owner_ref=attempt.wallet_id,
        amount=attempt.amount,
        merchant=merchant_facts(authentication.payment),
        reference=authentication.id,
        attempt_ref=attempt.id,
        browser=browser,
        proof=_proof(authentication),
        challenge_mandated=authentication.mandated,
        results_url=settings.THREEDS_RESULTS_URL,
        return_url=settings.THREEDS_RETURN_URL,
        by_ref=by.ref,
        now=now,
    )


def _proof(authentication: Authentication) -> RequestorProof | None:
    """How we know the customer: what their passkey signed. A proof too long for its field is left out."""
    approval = authentication.authorization.approval
    if approval is None:
        return None
    try:
        data = proof_data(
            approval_id=approval.id,
            rp_id=approval.rp_id,
            origin=approval.origin,
            public_key=bytes(approval.public_key),
            authenticator_data=bytes(approval.authenticator_data),
            client_data=bytes(approval.client_data),
            signature=bytes(approval.signature),
        )
    except ValueError:
        return None
    return RequestorProof(at=approval.approved_at, data=data)


def _look(authentication: Authentication, *, by: Actor, now: datetime) -> bool:
    """Read in the safe's record how it stands; returns whether anything moved."""
    asked = authentication.status == S.ASKED
    if asked and now < lease_from(authentication.asked_at):
        return False  # whoever wrote it is asking just now
    answer = vault.inquire_authentication(reference=authentication.id, now=now)
    if isinstance(answer, NotSent):
        _postpone(authentication.id, now=now)
        return False
    waits = isinstance(answer, ThreeDSecure) and answer.status in STILL_WAITS and not answer.distrusted
    if asked or not waits:
        return _write(authentication.id, answer, by=by, now=now)
    return _expire(authentication.id, by=by, now=now)


@transaction
def _write(authentication_id: str, answer: AuthenticationAnswer, *, by: Actor, now: datetime) -> bool:
    payment, authentication = locked(authentication_id)
    if authentication.status not in {S.ASKED, S.CHALLENGED, S.AWAITED}:
        return False
    take_answer(payment, authentication, answer, by=by, now=now)
    return authentication.status not in {S.CHALLENGED, S.AWAITED}


@transaction
def _expire(authentication_id: str, *, by: Actor, now: datetime) -> bool:
    payment, authentication = locked(authentication_id)
    waits = authentication.status in {S.CHALLENGED, S.AWAITED}
    if not waits or authentication.expires_at is None or now < authentication.expires_at:
        return False
    end_waiting(payment, authentication, verb="expire", why=AUTHENTICATION_EXPIRED, by=by, now=now)
    return True


@transaction
def _send(authentication_id: str, *, by: Actor, now: datetime) -> Question | None:
    """The attempt becomes `sent`: whoever comes second finds it so, and asks nobody. Time has passed since the
    approval, so card and customer's rules are looked at once more; what stands against it now ends the attempt.
    """
    payment, authentication = locked(authentication_id)
    attempt = authentication.authorization
    if attempt.status != AuthorizationStatus.AUTHENTICATING or authentication.status != S.AGREED:
        return None
    authentication.note(next_step_at=None)
    if no := _what_stops_it_now(payment, attempt, now=now):
        attempt.note(card_check=with_line(attempt, no))
        close_attempt(payment, attempt, why=why_refused(no), asked=False, by=by, now=now)
        return None
    attempt.move("send", sent_at=now, next_inquiry_at=lease_from(now))
    proved = authentication.id if authentication.ds_trans_id else ""
    return question_of(payment, attempt, three_ds_ref=proved)


def _what_stops_it_now(payment: Payment, attempt: Authorization, *, now: datetime) -> CheckLine | None:
    accounts.lock_wallet(attempt.wallet_id)
    card = card_in_wallet(attempt.wallet_id, attempt.card_id)
    if card is None:
        return failed(Check.CARD_STATE, reason=CardStatus.REMOVED.value)
    # The hours and days of a rule are those in which its owner said yes, however long the issuer then looked at them.
    approved_at = payment.approved_at or now
    rules = check_rules(
        payment=payment, wallet_id=attempt.wallet_id, merchant=payment.merchant, by_grant=False, now=approved_at
    )
    return what_stops([*look_at_card(card, now=now), *rules])


@transaction
def _postpone(authentication_id: str, *, now: datetime) -> None:
    _payment, authentication = locked(authentication_id)
    if authentication.next_step_at is not None:
        authentication.note(next_step_at=now + SAFE_IS_AWAY)


def locked(authentication_id: str) -> tuple[Payment, Authentication]:
    """Both rows, read again under the payment's lock."""
    payment_id = Authentication.objects.values_list("payment_id", flat=True).get(pk=authentication_id)
    payment = Payment.locked(payment_id)
    return payment, Authentication.objects.select_related("authorization").get(pk=authentication_id)
