"""Write down what the issuer said about an authorization. The third step of an approval, and the end of an inquiry.

Only the first outcome counts: who comes second finds it concluded, and gets the payment as it is. A yes that comes
after we had let the authorization go is given back to the issuer by a reversal.
"""

from datetime import datetime
from typing import assert_never

from accounts import services as accounts
from accounts.queries import card_by_id
from accounts.states import CardAttention
from common.actors import Actor
from common.db import transaction
from common.ids import new_id
from payments.card_check import Check, failed, passed
from payments.declines import NO_AUTHORIZATION, TRY_AGAIN_LATER, DeclineFacts, decline_facts
from payments.declines import Advice as DeclineAdvice
from payments.models import Authorization, Payment
from payments.retries import EarlierNo
from payments.services._advice import put_advice, reversal_is_due
from payments.services._attempt import close_attempt, with_line
from payments.services._authentication import begin_challenge, may_be_challenged, settle_shift
from payments.services._checks import next_try_at
from payments.services._end_grants import begin_series, end_grants_after
from payments.services._telling import call_a_person, tell
from payments.services.book_capture import book_capture
from payments.states import (
    INQUIRY_AFTER,
    LOOK_AGAIN_AFTER,
    PROMISE_LIFE,
    AdviceKind,
    AuthorizationStatus,
    CaptureMethod,
)
from vault.types import Answer, Authorized, Declined, NotFound, NotSent, Unknown

_WAITING = {AuthorizationStatus.SENT, AuthorizationStatus.UNKNOWN}
_LET_GO = {AuthorizationStatus.DECLINED, AuthorizationStatus.REVERSED}


@transaction
def write_outcome(*, authorization_id: str, answer: Answer | NotFound, by: Actor, now: datetime) -> Payment:
    payment = Payment.locked(Authorization.objects.values_list("payment_id", flat=True).get(pk=authorization_id))
    attempt = Authorization.objects.get(pk=authorization_id)
    if attempt.status not in _WAITING:
        if isinstance(answer, Authorized) and attempt.status in _LET_GO:
            put_advice(attempt, AdviceKind.REVERSAL, now=now)
        return payment
    if reversal_is_due(attempt):
        return payment  # being undone, whatever the answer was: only the acknowledged reversal ends it
    match answer:
        case Authorized():
            _accept(payment, attempt, answer, by=by, now=now)
        case Declined():
            _decline(payment, attempt, answer, by=by, now=now)
        case NotSent():
            close_attempt(payment, attempt, why=TRY_AGAIN_LATER, asked=False, by=by, now=now)
        case NotFound():
            look_again_at = now + LOOK_AGAIN_AFTER[0]
            close_attempt(payment, attempt, why=NO_AUTHORIZATION, by=by, now=now, next_inquiry_at=look_again_at)
        case Unknown():
            if attempt.status == AuthorizationStatus.SENT:
                attempt.move("lose", unknown_since=now, next_inquiry_at=now + INQUIRY_AFTER[0])
        case _:
            assert_never(answer)
    return payment


def _accept(payment: Payment, attempt: Authorization, answer: Authorized, *, by: Actor, now: datetime) -> None:
    attempt.move(
        "accept",
        response_code=answer.response_code,
        network_reference=answer.network_reference,
        approval_code=answer.approval_code,
        card_check=with_line(attempt, passed(Check.ISSUER)),
        concluded_at=now,
        next_inquiry_at=None,
    )
    settle_shift(payment, attempt, value_became=answer.three_ds)
    payment.move("authorize", by=by, now=now, attempts=payment.attempts + 1, capture_before=now + PROMISE_LIFE)
    tell("payment.authorized", payment, by=by, now=now, authorization=attempt.id)
    begin_series(payment, attempt, by=by, now=now)
    if payment.capture_method == CaptureMethod.AUTOMATIC:
        book_capture(payment=payment, attempt=attempt, capture_id=new_id("cap"), by=by, now=now)


def _decline(payment: Payment, attempt: Authorization, answer: Declined, *, by: Actor, now: datetime) -> None:
    why = decline_facts(answer.response_code, brand=payment.card_brand, advice_code=answer.advice_code)
    if why.advice is DeclineAdvice.AUTHENTICATE and may_be_challenged(payment, attempt, now=now):
        _authenticate_first(payment, attempt, answer, why, now=now)
        return
    card = card_by_id(attempt.card_id)
    no = EarlierNo(now, attempt.amount, answer.response_code, answer.advice_code or "")
    close_attempt(
        payment,
        attempt,
        why=why,
        by=by,
        now=now,
        response_code=answer.response_code,
        advice_code=no.advice_code,
        retry_after=card and next_try_at(attempt, card=card, shop_id=payment.shop_id, no=no, now=now),
        network_reference=answer.network_reference or "",
    )
    end_grants_after(payment, response_code=answer.response_code, advice_code=answer.advice_code, now=now)
    if attention := _what_the_card_needs(why):
        accounts.mark_card(card_id=attempt.card_id, attention=attention, by=by, now=now)
    if answer.response_code == "10":
        # A part was promised. We do not take parts, so the issuer gets it back; a second reversal of it is harmless.
        put_advice(attempt, AdviceKind.REVERSAL, now=now)
    if why.alert_staff:
        call_a_person(
            payment, about=attempt.id, why=f"the network objects to our message: {answer.response_code}", now=now
        )


def _what_the_card_needs(why: DeclineFacts) -> CardAttention | None:
    if why.closes_card:
        return CardAttention.CLOSED
    return CardAttention.NEW_DATA if why.advice is DeclineAdvice.NEW_DATA else None


def _authenticate_first(
    payment: Payment, attempt: Authorization, answer: Declined, why: DeclineFacts, *, now: datetime
) -> None:
    """A soft decline: this attempt is over, and the same approval gets a second one when the issuer has seen its
    customer. The payment stays `processing`, and its points stay held.
    """
    line = failed(Check.ISSUER, decline_code=why.decline_code, text_key=why.text_key)
    attempt.move(
        "decline",
        next_inquiry_at=None,
        inquiries=0,
        response_code=answer.response_code,
        advice_code=answer.advice_code or "",
        network_reference=answer.network_reference or "",
        decline_code=why.decline_code,
        decline_advice=why.advice.value,
        text_key=why.text_key,
        card_check=with_line(attempt, line),
        concluded_at=now,
    )
    begin_challenge(payment, attempt, now=now)
