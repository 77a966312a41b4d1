"""Write the next version of the program: what is not named stays as in the newest one.

It counts from `effective_from` on and never before now; what was bought earlier keeps its terms. A version that is
planned and has not begun gives way to a newer one from the moment that this begins.

Refuses: ProgramTooEarly, ProgramOutOfBounds, and whoever was slower than another change (TransitionRefused).
"""

from datetime import datetime

from django.core.exceptions import ValidationError

from common.actors import Actor
from common.clock import instant_text
from common.db import transaction
from common.insert_once import insert_once
from events import services as events
from points.errors import ProgramChangedMeanwhile, ProgramOutOfBounds, ProgramTooEarly
from points.models import PointsProgram


@transaction
def change_program(*, by: Actor, effective_from: datetime, now: datetime, **fields: int) -> PointsProgram:
    if effective_from < now:
        raise ProgramTooEarly
    newest = PointsProgram.objects.last() or PointsProgram(number=0)
    terms = {name: getattr(newest, name) for name in PointsProgram.TERMS} | fields
    program = PointsProgram(number=newest.number + 1, effective_from=effective_from, changed_by=by.ref, **terms)
    try:
        program.full_clean()
    except ValidationError as no:
        raise ProgramOutOfBounds(said=" ".join(no.messages)) from None
    if not insert_once(program):
        raise ProgramChangedMeanwhile
    changed = {name: terms[name] for name in PointsProgram.TERMS if terms[name] != getattr(newest, name)}
    facts = changed | {"effective_from": instant_text(effective_from)}
    events.write_audit("points.program_changed", subject=program.rule_ref, by=by, at=now, data=facts)
    return program
