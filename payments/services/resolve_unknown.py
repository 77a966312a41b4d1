"""Ask the network once what became of an authorization whose outcome is missing.

The plan is INQUIRY_AFTER; after its last question the authorization is reversed, by advice, until that is acknowledged.
Nothing new is sent meanwhile, and nobody is told "failed". Safe to run twice, and on an authorization that was
concluded: then it only looks whether a promise arrived late, and gives it back.
"""

from datetime import datetime, timedelta
from typing import Final

from common.actors import SYSTEM
from common.db import outside_transaction, transaction
from payments.models import Authorization, Payment
from payments.services._advice import put_advice, reversal_is_due
from payments.services._inquiry import ask_what_became_of
from payments.services.write_outcome import write_outcome
from payments.states import LOOK_AGAIN_AFTER, AdviceKind, AuthorizationStatus, pause_before_inquiry
from vault.types import Authorized, NotSent, Unknown

SAFE_IS_AWAY: Final = timedelta(seconds=30)
"""Nothing was asked, so nothing is counted; it is tried again soon."""


@outside_transaction
def resolve_unknown(*, authorization_id: str, now: datetime) -> Authorization:
    attempt = Authorization.objects.get(pk=authorization_id)
    match AuthorizationStatus(attempt.status):
        case AuthorizationStatus.SENT | AuthorizationStatus.UNKNOWN:
            _inquire(attempt, now=now)
        case AuthorizationStatus.DECLINED | AuthorizationStatus.REVERSED if attempt.next_inquiry_at:
            _look_again(attempt, now=now)
        case _:
            pass
    return Authorization.objects.get(pk=authorization_id)


def _inquire(attempt: Authorization, *, now: datetime) -> None:
    if attempt.status == AuthorizationStatus.SENT:
        # Left behind by a crash: from here on it is an unknown outcome like any other.
        write_outcome(authorization_id=attempt.id, answer=Unknown("found in sent"), by=SYSTEM, now=now)
        attempt.refresh_from_db()
    if reversal_is_due(attempt):
        _plan(attempt, next_inquiry_at=None)
        return
    match ask_what_became_of(attempt.id, now=now):
        case NotSent():
            _plan(attempt, next_inquiry_at=now + SAFE_IS_AWAY)
        case Unknown():
            _no_answer(attempt.id, now=now)
        case answer:
            write_outcome(authorization_id=attempt.id, answer=answer, by=SYSTEM, now=now)


@transaction
def _no_answer(authorization_id: str, *, now: datetime) -> None:
    """One more question without an answer: the next one by the plan, or the reversal when the plan is over."""
    attempt = _locked(authorization_id)
    if attempt.status != AuthorizationStatus.UNKNOWN:
        return
    asked = attempt.inquiries + 1
    pause = pause_before_inquiry(asked)
    attempt.note(inquiries=asked, next_inquiry_at=now + pause if pause else None)
    if pause is None:
        put_advice(attempt, AdviceKind.REVERSAL, now=now)


def _look_again(attempt: Authorization, *, now: datetime) -> None:
    match ask_what_became_of(attempt.id, now=now):
        case Authorized():
            _give_back(attempt.id, now=now)
        case NotSent() | Unknown():
            _plan(attempt, next_inquiry_at=now + LOOK_AGAIN_AFTER[-1])
        case _:
            looks = attempt.inquiries + 1
            later = LOOK_AGAIN_AFTER[looks] if looks < len(LOOK_AGAIN_AFTER) else None
            _plan(attempt, inquiries=looks, next_inquiry_at=now + later if later else None)


@transaction
def _give_back(authorization_id: str, *, now: datetime) -> None:
    attempt = _locked(authorization_id)
    put_advice(attempt, AdviceKind.REVERSAL, now=now)
    attempt.note(next_inquiry_at=now + LOOK_AGAIN_AFTER[0])


@transaction
def _plan(seen: Authorization, **facts: int | datetime | None) -> None:
    """Only for what is still as it was seen: another janitor may have had the answer meanwhile."""
    attempt = _locked(seen.id)
    if attempt.status == seen.status:
        attempt.note(**facts)


def _locked(authorization_id: str) -> Authorization:
    Payment.locked(Authorization.objects.values_list("payment_id", flat=True).get(pk=authorization_id))
    return Authorization.objects.get(pk=authorization_id)
