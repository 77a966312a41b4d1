"""Give in: the customer keeps the money. The network is told by advice. Accepting twice is accepting once.

Refuses: DisputeNotFound, InquiryHasNothingToAccept, DisputeDeadlinePassed, TransitionRefused.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.models import Dispute
from payments.services._case_answer import write_answer
from payments.services._dispute_money import let_it_go, lost_parts, tell_dispute
from payments.states import CaseAnswerKind, DisputeStatus


@transaction
def accept_dispute(*, dispute_id: str, reason: str = "", by: Actor, now: datetime) -> Dispute:
    """`reason` is for the audit chain, where staff give in for a shop."""
    dispute, payment = Dispute.locked(dispute_id)
    if dispute.status == DisputeStatus.ACCEPTED:
        return dispute
    dispute.refuse_unless_acceptable(now=now)
    dispute.move("accept", by=by, now=now, closed_at=now, remind_at=None)
    write_answer(dispute, payment, kind=CaseAnswerKind.ACCEPTANCE, facts={}, files=[], reason=reason, by=by, now=now)
    let_it_go(dispute, payment, now=now)
    tell_dispute("dispute.accepted", dispute, payment, by=by, now=now, parts=lost_parts(dispute, payment))
    return dispute
