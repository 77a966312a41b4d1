"""How the next version of the program comes of the newest one."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError

from common.actors import Actor
from points.errors import ProgramOutOfBounds
from points.models import PointsProgram


def next_program(
    newest: PointsProgram, terms: Mapping[str, int], *, effective_from: datetime, by: Actor
) -> PointsProgram:
    """Not written yet: what is not named stays. Refuses: ProgramOutOfBounds."""
    kept = {name: getattr(newest, name) for name in PointsProgram.TERMS} | dict(terms)
    program = PointsProgram(number=newest.number + 1, effective_from=effective_from, changed_by=by.ref, **kept)
    try:
        program.full_clean()
    except ValidationError as no:
        raise ProgramOutOfBounds(said=" ".join(no.messages)) from None
    return program
