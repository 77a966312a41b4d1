"""A change of the program is not made: anybody of the staff may say so, its proposer too.

Refuses: SignatureNotFound, TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from points.models import ProgramProposal


@transaction
def turn_down_program_change(*, proposal_id: str, by: Actor, now: datetime) -> ProgramProposal:
    proposal = ProgramProposal.locked(proposal_id)
    proposal.decide("turn_down", by=by, now=now)
    events.write_audit("points.program_change_turned_down", subject=proposal.id, by=by, at=now)
    return proposal
