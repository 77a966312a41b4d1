"""Write the next version of the program: what is not named stays as in the newest one.

It counts from `effective_from` on and never before now; what was bought earlier keeps its terms. A version that is
planned and has not begun gives way to a newer one from the moment that this begins. Staff come here by a proposal that
a second person countersigns.

Refuses: ProgramTooEarly, ProgramOutOfBounds, and whoever was slower than another change (ProgramChangedMeanwhile).
"""

from datetime import datetime

from common.actors import Actor
from common.clock import instant_text
from common.db import transaction
from common.insert_once import insert_once
from events import services as events
from points.errors import ProgramChangedMeanwhile, ProgramTooEarly
from points.models import PointsProgram
from points.queries import newest_program
from points.services._program import next_program


@transaction
def change_program(*, by: Actor, effective_from: datetime, now: datetime, **fields: int) -> PointsProgram:
    if effective_from < now:
        raise ProgramTooEarly
    newest = newest_program()
    program = next_program(newest, fields, effective_from=effective_from, by=by)
    if not insert_once(program):
        raise ProgramChangedMeanwhile
    changed = {name: value for name, value in fields.items() if value != getattr(newest, name)}
    facts = changed | {"effective_from": instant_text(effective_from)}
    events.write_audit("points.program_changed", subject=program.rule_ref, by=by, at=now, data=facts)
    return program
