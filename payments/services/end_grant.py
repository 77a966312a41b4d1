"""End a permission for good: the customer takes it back, or the shop does not need it any more.

It holds from this commit on. Whoever charges at the same moment waits for the row: a charge that was first has asked
the issuer before the end, one that comes second is refused. What was charged stays charged. The shop may also withdraw
a request that nobody has answered.

A request that died before it could answer is made again with `first_asked_at`: what the same asker ended since then is
what it asked for.

Refuses: GrantNotFound, TransitionRefused (ended already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.models import Challenge, Grant
from payments.services._grant import refuse_unless_mine, tell_grant
from payments.states import GrantEnd, GrantStatus


@transaction
def end_grant(*, grant_id: str, by: Actor, now: datetime, first_asked_at: datetime | None = None) -> Grant:
    grant = Grant.locked(grant_id)
    refuse_unless_mine(grant, by=by)
    if first_asked_at and _ended_then(grant, by=by, since=first_asked_at):
        return grant
    grant.move("end", why=GrantEnd.BY_CUSTOMER if by.kind == "cus" else GrantEnd.BY_MERCHANT, by=by, now=now)
    Challenge.objects.filter(grant=grant, consumed_at=None, voided_at=None).update(voided_at=now)
    tell_grant("grant.ended", grant, by=by, now=now, why=str(grant.ended_why))
    return grant


def _ended_then(grant: Grant, *, by: Actor, since: datetime) -> bool:
    done = grant.changes.filter(new=GrantStatus.ENDED, verb="end", by=by.ref, at__gte=since)
    return grant.status == GrantStatus.ENDED and done.exists()
