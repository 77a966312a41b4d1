"""The next step of a pending refund: send it if it was not sent, else ask what became of it. Safe to run twice."""

from datetime import datetime, timedelta
from typing import Final, assert_never

from common.actors import SYSTEM
from common.db import outside_transaction, transaction
from payments.declines import TRY_AGAIN_LATER, decline_facts
from payments.models import Advice, Authorization, Payment, Refund
from payments.services._refund import fail_refund, succeed_refund
from payments.services._telling import call_a_person, merchant_facts
from payments.services.claim_due import lease_from
from payments.services.send_advice import send_advice
from payments.states import PERSON_AFTER, AdviceStatus, RefundStatus, pause_before_inquiry
from vault import services as vault
from vault.types import Answer, Authorized, Declined, Found, InquiryAnswer, NotFound, NotSent, Unknown

SOON: Final = timedelta(seconds=30)
HOURLY: Final = timedelta(hours=1)
STILL_PENDING: Final = "pending"
"""How the safe says that the network took the refund in and has not finished: slow, and nothing to worry about."""


@outside_transaction
def resolve_refund(*, refund_id: str, now: datetime) -> Refund:
    refund = _read(refund_id)
    if refund.status != RefundStatus.PENDING:
        return refund
    if refund.sent_at is not None:
        _write_the_answer(refund_id=refund.id, answer=_inquire(refund, now=now), now=now)
    elif _captures_are_known(refund, now=now) and _take_in_hand(refund, now=now):
        _write_the_answer(refund_id=refund.id, answer=_send(refund, now=now), now=now)
    return _read(refund_id)


def _read(refund_id: str) -> Refund:
    return Refund.objects.select_related("payment__merchant").get(pk=refund_id)


def _captures_are_known(refund: Refund, *, now: datetime) -> bool:
    """Whether the network has the charges that are to be given back; tells it first where it does not."""
    due = Advice.objects.filter(capture__refund_parts__refund=refund.id, status=AdviceStatus.DUE)
    for advice_id in list(due.order_by("id").values_list("id", flat=True)):
        advice = send_advice(advice_id=advice_id, now=now)
        if not advice.settled_at:
            # No sooner than the advice itself is due: a capture that stays unanswered is repeated ever more slowly.
            next_step_at = max(now + SOON, advice.next_try_at or now)
            Refund.objects.filter(pk=refund.pk, status=RefundStatus.PENDING).update(next_step_at=next_step_at)
            return False
    return _read(refund.id).status == RefundStatus.PENDING


def _take_in_hand(refund: Refund, *, now: datetime) -> bool:
    """Committed before the network is asked, by one UPDATE that hits one row: so nobody sends it a second time."""
    unsent = Refund.objects.filter(pk=refund.pk, status=RefundStatus.PENDING, sent_at=None)
    return unsent.update(sent_at=now, next_step_at=lease_from(now)) == 1


def _send(refund: Refund, *, now: datetime) -> Answer | None:
    """An answer that is none (a malfunction) is asked about at once: what was booked must not be sent again.

    What points paid alone is no business of the network's.
    """
    if not refund.card_part:
        return Authorized(network_reference="", approval_code="", response_code="00", at=now)
    attempt = Authorization.objects.filter(captures__refund_parts__refund=refund.id).latest("id")
    answer = vault.refund_card(
        card_token=attempt.card_token,
        owner_ref=attempt.wallet_id,
        original_reference=attempt.id,
        reference=refund.id,
        amount=refund.card_part,
        merchant=merchant_facts(refund.payment),
        now=now,
    )
    if isinstance(answer, Declined) and decline_facts(answer.response_code).ask_again:
        return _inquire(refund, now=now)
    return answer


def _inquire(refund: Refund, *, now: datetime) -> Answer | None:
    """What the network has of it. None: nobody could be asked."""
    outcome: InquiryAnswer = vault.inquire_outcome(reference=refund.id, now=now)
    match outcome:
        case Found():
            return outcome.answer
        case NotFound():
            return NotSent("the network never had it, and never will")
        case Unknown():
            return outcome
        case NotSent():
            return None
        case _:
            assert_never(outcome)


@transaction
def _write_the_answer(*, refund_id: str, answer: Answer | None, now: datetime) -> None:
    payment = Payment.locked(Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id))
    refund = Refund.objects.get(pk=refund_id)
    if refund.status != RefundStatus.PENDING:
        return
    match answer:
        case Authorized():
            succeed_refund(refund, payment, answer, by=SYSTEM, now=now)
        case Declined(response_code=code):
            why = decline_facts(code, brand=payment.card_brand).decline_code
            fail_refund(refund, payment, response_code=code, decline_code=why, by=SYSTEM, now=now)
        case NotSent():
            why = TRY_AGAIN_LATER.decline_code
            fail_refund(refund, payment, response_code="", decline_code=why, by=SYSTEM, now=now)
        case Unknown(why=why):
            _ask_again_later(refund, payment, worry=why != STILL_PENDING, now=now)
        case None:
            Refund.objects.filter(pk=refund.pk).update(next_step_at=now + SOON)
        case _:
            assert_never(answer)


def _ask_again_later(refund: Refund, payment: Payment, *, worry: bool, now: datetime) -> None:
    """A refund is never reversed: it is asked about, hourly in the end, until the network knows."""
    pause = pause_before_inquiry(refund.inquiries) or HOURLY
    Refund.objects.filter(pk=refund.pk).update(inquiries=refund.inquiries + 1, next_step_at=now + pause)
    if worry and refund.inquiries + 1 == PERSON_AFTER:
        call_a_person(payment, about=refund.id, why="nobody knows what became of a refund", now=now)
