"""A merchant is not let: anybody of the staff may say so, the proposer too.

Refuses: SignatureNotFound, TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from points.models import ConversionsProposal


@transaction
def turn_down_conversions(*, proposal_id: str, by: Actor, now: datetime) -> ConversionsProposal:
    proposal = ConversionsProposal.locked(proposal_id)
    proposal.decide("turn_down", by=by, now=now)
    events.write_audit("points_conversion.turned_down", subject=proposal.id, by=by, at=now)
    return proposal
