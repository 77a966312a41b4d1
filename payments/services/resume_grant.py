"""Let a paused permission go on, with the limits and the last day that it had.

Refuses: GrantNotFound, GrantExpired, TransitionRefused (not paused).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.errors import GrantExpired
from payments.models import Grant
from payments.services._grant import refuse_unless_mine, tell_grant


@transaction
def resume_grant(*, grant_id: str, by: Actor, now: datetime) -> Grant:
    grant = Grant.locked(grant_id)
    refuse_unless_mine(grant, by=by)
    if grant.is_open and grant.is_over(now=now):
        raise GrantExpired
    grant.move("resume", by=by, now=now)
    tell_grant("grant.resumed", grant, by=by, now=now)
    return grant
