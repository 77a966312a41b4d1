"""Pre-arbitration: the second and last stage of a case.

A dispute that was won is taken once more, and the shop may answer again before the new `respond_by`. One that was lost
stays lost: the stage is noted, and no money moves. The same again changes nothing.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.models import Dispute
from payments.services._dispute_money import tell_dispute
from payments.services.open_dispute import first_reminder, take
from payments.states import DisputeStage, DisputeStatus


@transaction
def begin_second_stage(*, dispute_id: str, respond_by: datetime | None, by: Actor, now: datetime) -> Dispute:
    dispute, payment = Dispute.locked(dispute_id)
    if dispute.stage == DisputeStage.PRE_ARBITRATION or dispute.status not in {DisputeStatus.WON, DisputeStatus.LOST}:
        return dispute
    was_won = dispute.status == DisputeStatus.WON
    reopened = {
        "closed_at": None,
        "respond_by": respond_by,
        "reminders": 0,
        "remind_at": first_reminder(respond_by, now=now),
    }
    dispute.stage = DisputeStage.PRE_ARBITRATION
    dispute.move("second_stage", by=by, now=now, stage=dispute.stage, **(reopened if was_won else {}))
    if was_won:
        take(dispute, payment, now=now)
    tell_dispute("dispute.updated", dispute, payment, by=by, now=now)
    return dispute
