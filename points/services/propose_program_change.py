"""Ask for the next version of the program, and say why. Nothing changes until a second person countersigns it.

`effective_from` None means from the second signature on. Terms that the program may not have are refused at once. The
same id again answers the first proposal.

Refuses: ProposalSaysNothing, ProgramTooEarly, ProgramOutOfBounds, and the same id with other parameters
(SignatureDiffers).
"""

from collections.abc import Mapping
from datetime import datetime

from common.actors import Actor
from common.clock import instant_text
from common.db import transaction
from common.second_signature import MOST_REASON
from events import services as events
from points.errors import ProgramTooEarly, ProposalSaysNothing
from points.models import ProgramProposal
from points.queries import newest_program
from points.services._program import next_program


@transaction
def propose_program_change(  # noqa: PLR0913 (what, from when, why, and who says so)
    *,
    proposal_id: str,
    terms: Mapping[str, int],
    effective_from: datetime | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> ProgramProposal:
    newest, why = newest_program(), " ".join(reason.split())
    changed = {name: value for name, value in terms.items() if value != getattr(newest, name)}
    if not changed or not 0 < len(why) <= MOST_REASON:
        raise ProposalSaysNothing
    if effective_from is not None and effective_from < now:
        raise ProgramTooEarly
    next_program(newest, changed, effective_from=effective_from or now, by=by)
    asked = ProgramProposal(
        id=proposal_id, terms=changed, effective_from=effective_from, base_number=newest.number, reason=why
    )
    if earlier := asked.propose(by=by, now=now):
        return earlier
    facts = changed | {
        "effective_from": instant_text(effective_from) if effective_from else None,
        "reason": why,
        "digest": asked.digest,
    }
    events.write_audit("points.program_change_proposed", subject=asked.id, by=by, at=now, data=facts)
    return asked
