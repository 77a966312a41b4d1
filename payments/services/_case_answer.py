"""The step in which the shop's answer becomes a row: one at each stage. The caller holds the payment's lock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from common.actors import Actor
from common.db import transaction_required
from common.ids import new_id
from common.json import canonical
from events import services as events
from payments.errors import AlreadyAnswered
from payments.models import CaseAnswer, Dispute, EvidenceFile, Payment
from payments.services._dispute_money import tell_dispute
from payments.states import AdviceStatus, CaseAnswerKind, DisputeOrigin


@transaction_required
def write_answer(  # noqa: PLR0913 (each is a fact of the answer, and all are named)
    dispute: Dispute,
    payment: Payment,
    *,
    kind: CaseAnswerKind,
    facts: Mapping[str, str],
    files: Sequence[EvidenceFile],
    by: Actor,
    now: datetime,
    answer_id: str = "",
    reason: str = "",
) -> CaseAnswer:
    """Move the dispute, keep the answer, and put it on its way to the network, if the network has the case.

    `reason` is why somebody else than the shop answers: it goes into the audit chain, and to nobody else.
    """
    if dispute.answers.filter(stage=dispute.stage).exists():
        raise AlreadyAnswered
    goes_out = dispute.origin == DisputeOrigin.NETWORK
    answer = CaseAnswer.objects.create(
        id=answer_id or new_id("dan"),
        dispute=dispute,
        stage=dispute.stage,
        kind=kind,
        facts=dict(facts),
        file_ids=[file.id for file in files],
        digest=_digest(facts, files),
        status=AdviceStatus.DUE if goes_out else AdviceStatus.ACKNOWLEDGED,
        next_try_at=now if goes_out else None,
        settled_at=None if goes_out else now,
        by=by.ref,
        created_at=now,
    )
    data = {"answer": answer.id, "digest": answer.digest, **({"reason": reason} if reason else {})}
    events.write_audit(f"dispute.{kind.value}", subject=dispute.id, by=by, at=now, data=data)
    if kind == CaseAnswerKind.EVIDENCE:
        dispute.move("answer", by=by, now=now, remind_at=None)
        tell_dispute("dispute.evidence_submitted", dispute, payment, by=by, now=now)
    return answer


def _digest(facts: Mapping[str, str], files: Sequence[EvidenceFile]) -> str:
    said = {"facts": dict(facts), "files": [file.sha256 for file in files]}
    return sha256(b"vaultpay/case-answer/v1\0" + canonical(said)).hexdigest()
