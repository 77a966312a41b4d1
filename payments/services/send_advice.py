"""Tell the network what is already so: a capture, a void, a release, a reversal; again, with growing pauses, until it
acknowledges.

A network that refuses to let go (a void, a release, a reversal) is asked what it has: nothing left to undo is as good
as an acknowledgement, and otherwise it is sent again. A refused capture is final: our books are corrected.
"""

from datetime import datetime
from typing import assert_never

from django.db.models import F

from common.actors import SYSTEM
from common.db import outside_transaction, transaction
from payments.declines import NO_AUTHORIZATION
from payments.models import Advice, Authorization, Capture, Payment
from payments.services._attempt import close_attempt
from payments.services._telling import call_a_person
from payments.services.uncapture import uncapture
from payments.states import (
    LOOK_AGAIN_AFTER,
    PERSON_AFTER,
    AdviceKind,
    AdviceStatus,
    AuthorizationStatus,
    pause_after_advice,
)
from vault import services as vault
from vault.types import Acknowledged, AdviceAnswer, Declined, Found, NotFound, NotSent, Refused, Unknown


@outside_transaction
def send_advice(*, advice_id: str, now: datetime) -> Advice:
    """One sending. An advice that was settled meanwhile is left alone."""
    due = Advice.objects.filter(pk=advice_id, status=AdviceStatus.DUE)
    if due.update(attempts=F("attempts") + 1) == 1:
        advice = Advice.objects.get(pk=advice_id)
        _write_the_answer(advice_id=advice_id, answer=_tell_the_network(advice, now=now), now=now)
    return Advice.objects.get(pk=advice_id)


def _tell_the_network(advice: Advice, *, now: datetime) -> AdviceAnswer:
    reference = advice.authorization_id
    match AdviceKind(advice.kind):
        case AdviceKind.CAPTURE:
            return vault.send_capture(reference=reference, advice_ref=advice.id, amount=advice.amount, now=now)
        case AdviceKind.VOID:
            answer = vault.send_void(reference=reference, advice_ref=advice.id, now=now)
        case AdviceKind.RELEASE:
            answer = vault.send_release(reference=reference, advice_ref=advice.id, stays=advice.amount, now=now)
        case AdviceKind.REVERSAL:
            answer = vault.send_reversal(reference=reference, advice_ref=advice.id, repeat=advice.attempts > 1, now=now)
        case kind:
            assert_never(kind)
    if isinstance(answer, Refused) and _nothing_is_left(reference, now=now):
        return Acknowledged(answer.response_code)
    return answer


def _nothing_is_left(reference: str, *, now: datetime) -> bool:
    match vault.inquire_outcome(reference=reference, now=now):
        case NotFound() | Found(answer=Declined()) | Found(reversed=True):
            return True
        case _:
            return False


@transaction
def _write_the_answer(*, advice_id: str, answer: AdviceAnswer, now: datetime) -> None:
    advice = Advice.objects.select_related("authorization").get(pk=advice_id)
    payment = Payment.locked(advice.authorization.payment_id)
    match answer:
        case Acknowledged():
            if advice.move("acknowledge", response_code=answer.response_code, now=now):
                _acknowledged(payment, advice, now=now)
        case Refused() if advice.kind == AdviceKind.CAPTURE:
            if advice.move("refuse", response_code=answer.response_code, now=now):
                uncapture(payment=payment, advice=advice, response_code=answer.response_code, now=now)
        case Refused() | Unknown() | NotSent():
            _try_again(payment, advice, now=now)
        case _:
            assert_never(answer)


def _acknowledged(payment: Payment, advice: Advice, *, now: datetime) -> None:
    attempt = Authorization.objects.get(pk=advice.authorization_id)
    if advice.kind == AdviceKind.CAPTURE:
        Capture.objects.get(pk=advice.capture_id or "").move("acknowledge", settled_at=now)
    if advice.kind == AdviceKind.REVERSAL and attempt.status == AuthorizationStatus.UNKNOWN:
        close_attempt(
            payment,
            attempt,
            why=NO_AUTHORIZATION,
            verb="reverse",
            by=SYSTEM,
            now=now,
            # The issuer's yes may still be on its way: we look again.
            next_inquiry_at=now + LOOK_AGAIN_AFTER[0],
        )


def _try_again(payment: Payment, advice: Advice, *, now: datetime) -> None:
    due = Advice.objects.filter(pk=advice.pk, status=AdviceStatus.DUE)
    if due.update(next_try_at=now + pause_after_advice(advice.attempts)) and advice.attempts == PERSON_AFTER:
        call_a_person(payment, about=advice.id, why=f"the network does not acknowledge a {advice.kind}", now=now)
