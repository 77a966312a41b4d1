"""The relay's pump: tell the network the answers to disputes that are due; returns how many were sent.

As with advices, the rest waits after a silence, and one whose answer cannot be written down stops no other one.
"""

import logging
from datetime import datetime

from common.db import outside_transaction
from payments.models import CaseAnswer
from payments.services.claim_due import claim_due_case_answers
from payments.services.send_case_answer import send_case_answer
from payments.states import AdviceStatus

logger = logging.getLogger(__name__)


@outside_transaction
def send_case_answers(now: datetime) -> int:
    claimed = claim_due_case_answers(now=now)
    for sent, answer_id in enumerate(claimed, start=1):
        try:
            answer = send_case_answer(answer_id=answer_id, now=now)
        except Exception:
            logger.exception("what the network said to %s could not be written down", answer_id)
            continue
        if answer.status == AdviceStatus.DUE:
            unsent = claimed[sent:]
            CaseAnswer.objects.filter(pk__in=unsent, status=AdviceStatus.DUE).update(next_try_at=now)
            return sent
    return len(claimed)
