"""Answer a dispute: why the payment was right. Once at each stage, and before `respond_by`.

In a case of the network the answer goes out as an advice, with the digest of what we keep; in a customer's own case it
is for that customer to read. The same `answer_id` again gives the first answer back.

Refuses: DisputeNotFound, EvidenceFileNotFound, EvidenceEmpty, DisputeDeadlinePassed, AlreadyAnswered,
TransitionRefused.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.states import next_state
from common.text import inert_paragraphs
from payments.errors import AlreadyAnswered, DisputeDeadlinePassed, EvidenceEmpty, EvidenceFileNotFound
from payments.models import CaseAnswer, Dispute
from payments.services._case_answer import write_answer
from payments.states import DISPUTE_TRANSITIONS, CaseAnswerKind, DisputeStatus


@transaction
def submit_evidence(  # noqa: PLR0913 (each is a fact of the answer, and all are named)
    *,
    dispute_id: str,
    facts: Mapping[str, str],
    file_ids: Sequence[str] = (),
    answer_id: str = "",
    reason: str = "",
    by: Actor,
    now: datetime,
) -> Dispute:
    """`facts` are statement, carrier, tracking_number, shipped_on, refund: those that there are. `reason` is for the
    audit chain, where staff answer for a shop.
    """
    dispute, payment = Dispute.locked(dispute_id)
    if answer_id and (earlier := CaseAnswer.objects.filter(pk=answer_id).first()):
        if earlier.dispute_id != dispute.id:
            raise AlreadyAnswered
        return dispute
    next_state(DISPUTE_TRANSITIONS, DisputeStatus(dispute.status), "answer")
    if dispute.is_overdue(now=now):
        raise DisputeDeadlinePassed
    said = {name: inert for name, text in facts.items() if (inert := inert_paragraphs(text))}
    files = list(dispute.files.filter(pk__in=list(file_ids)).order_by("id"))
    if len(files) != len(set(file_ids)):
        raise EvidenceFileNotFound
    if not said.get("statement") and not files:
        raise EvidenceEmpty
    write_answer(
        dispute,
        payment,
        kind=CaseAnswerKind.EVIDENCE,
        facts=said,
        files=files,
        answer_id=answer_id,
        reason=reason,
        by=by,
        now=now,
    )
    return dispute
