"""What the clock brings to disputes: the shop's people are reminded, and a customer's case ends without an answer.

A case of the network is not ended here: the network itself says that its time is over.
"""

from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from payments.models import Dispute
from payments.services._dispute_money import tell_dispute
from payments.services._telling import call_a_person
from payments.states import OPEN_DISPUTES, REMINDED_BEFORE, DisputeOrigin


def keep_deadlines(*, now: datetime) -> int:
    """How many disputes had something due."""
    due = Dispute.objects.filter(remind_at__lte=now).order_by("remind_at").values_list("pk", flat=True)[:200]
    return sum(_keep(dispute_id=dispute_id, now=now) for dispute_id in due)


@transaction
def _keep(*, dispute_id: str, now: datetime) -> bool:
    dispute, payment = Dispute.locked(dispute_id)
    if dispute.remind_at is None or now < dispute.remind_at:
        return False  # somebody else was faster
    if dispute.status not in OPEN_DISPUTES:
        dispute.note(now=now, remind_at=None)
    elif dispute.origin == DisputeOrigin.CUSTOMER:
        dispute.move("close", by=SYSTEM, now=now, closed_at=now, closed_because="no_answer", remind_at=None)
        tell_dispute("dispute.closed", dispute, payment, by=SYSTEM, now=now)
        call_a_person(payment, about=dispute.id, why="the shop did not answer its customer in time", now=now)
    else:
        ahead = (dispute.respond_by - before for before in REMINDED_BEFORE if dispute.respond_by)
        dispute.note(
            now=now, reminders=dispute.reminders + 1, remind_at=next((moment for moment in ahead if moment > now), None)
        )
        if dispute.respond_by and now < dispute.respond_by:
            tell_dispute("dispute.response_due", dispute, payment, by=SYSTEM, now=now)
    return True
