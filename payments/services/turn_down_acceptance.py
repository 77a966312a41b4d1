"""A dispute is not given in to by us: anybody of the staff may say so, the proposer too.

Refuses: SignatureNotFound, TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from payments.models import DisputeAcceptance


@transaction
def turn_down_acceptance(*, acceptance_id: str, by: Actor, now: datetime) -> DisputeAcceptance:
    acceptance = DisputeAcceptance.locked(acceptance_id)
    acceptance.decide("turn_down", by=by, now=now)
    events.write_audit("dispute.acceptance_turned_down", subject=acceptance.id, by=by, at=now)
    return acceptance
