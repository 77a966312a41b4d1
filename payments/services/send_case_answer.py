"""Tell the network what the shop answered: again, with growing pauses, until it has taken note.

A refusal is final: the case had ended, or its time was over; how it ended is told by a notice of its own.
"""

from datetime import datetime
from typing import assert_never

from django.db.models import F

from common.db import outside_transaction, transaction
from payments.models import CaseAnswer, Payment
from payments.services._telling import call_a_person
from payments.states import PERSON_AFTER, AdviceStatus, pause_after_advice
from vault import services as vault
from vault.types import Acknowledged, AdviceAnswer, NotSent, Refused, Unknown


@outside_transaction
def send_case_answer(*, answer_id: str, now: datetime) -> CaseAnswer:
    """One sending. An answer that was settled meanwhile is left alone."""
    due = CaseAnswer.objects.filter(pk=answer_id, status=AdviceStatus.DUE)
    if due.update(attempts=F("attempts") + 1) == 1:
        answer = CaseAnswer.objects.select_related("dispute").get(pk=answer_id)
        said = vault.send_case_answer(
            reference=answer.dispute.authorization_id or "",
            advice_ref=answer.id,
            case_ref=answer.dispute.case_ref,
            says=answer.kind,
            digest=answer.digest,
            now=now,
        )
        _write_down(answer_id=answer_id, said=said, now=now)
    return CaseAnswer.objects.get(pk=answer_id)


@transaction
def _write_down(*, answer_id: str, said: AdviceAnswer, now: datetime) -> None:
    answer = CaseAnswer.objects.select_related("dispute").get(pk=answer_id)
    payment = Payment.locked(answer.dispute.payment_id)
    match said:
        case Acknowledged():
            answer.move("acknowledge", response_code=said.response_code, now=now)
        case Refused():
            if answer.move("refuse", response_code=said.response_code, now=now):
                why = f"the network does not take the {answer.kind}: {said.response_code}"
                call_a_person(payment, about=answer.dispute_id, why=why, now=now)
        case Unknown() | NotSent():
            due = CaseAnswer.objects.filter(pk=answer.pk, status=AdviceStatus.DUE)
            if due.update(next_try_at=now + pause_after_advice(answer.attempts)) and answer.attempts == PERSON_AFTER:
                why = f"the network does not acknowledge the {answer.kind}"
                call_a_person(payment, about=answer.dispute_id, why=why, now=now)
        case _:
            assert_never(said)
