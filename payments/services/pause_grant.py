"""Stop a permission for a while. It holds from this commit on; what the issuer was asked before goes on.

Refuses: GrantNotFound, TransitionRefused (not active).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.models import Grant
from payments.services._grant import refuse_unless_mine, tell_grant


@transaction
def pause_grant(*, grant_id: str, by: Actor, now: datetime) -> Grant:
    grant = Grant.locked(grant_id)
    refuse_unless_mine(grant, by=by)
    grant.move("pause", by=by, now=now)
    tell_grant("grant.paused", grant, by=by, now=now)
    return grant
