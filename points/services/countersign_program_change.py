"""The second person's yes: exactly the proposed version is written, in the same commit.

Refuses: SignatureNotFound, SamePersonTwice, SignatureTooLate, SignatureDiffers, ProgramChangedMeanwhile (another
version was written since it was proposed), ProgramTooEarly (its day has passed), TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from points.errors import ProgramChangedMeanwhile
from points.models import ProgramProposal
from points.queries import newest_program
from points.services.change_program import change_program


@transaction
def countersign_program_change(*, proposal_id: str, digest: str, by: Actor, now: datetime) -> ProgramProposal:
    proposal = ProgramProposal.locked(proposal_id)
    proposal.refuse_unless_second_person(digest=digest, by=by, now=now)
    proposal.decide("countersign", by=by, now=now)
    if newest_program().number != proposal.base_number:
        raise ProgramChangedMeanwhile
    program = change_program(by=by, effective_from=proposal.effective_from or now, now=now, **proposal.terms)
    facts = {"program": program.rule_ref, "proposed_by": proposal.proposed_by, "digest": digest}
    events.write_audit("points.program_change_countersigned", subject=proposal.id, by=by, at=now, data=facts)
    return proposal
