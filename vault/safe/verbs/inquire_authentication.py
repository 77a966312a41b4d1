"""How one run of 3-D Secure stands, from the safe's own record. A directory cannot be asked twice."""

from datetime import datetime

from vault.safe.desk import Desk
from vault.safe.threeds.records import answer_of, record_of
from vault.types import AuthenticationAnswer, Unknown


async def inquire_authentication(desk: Desk, *, reference: str, now: datetime) -> AuthenticationAnswer:  # noqa: ARG001 (every question says when)
    record = await desk.run(record_of, reference)
    return Unknown(why="nothing was asked under this reference") if record is None else answer_of(record)
