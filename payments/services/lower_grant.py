"""Lower the limits of a permission, or bring its last day forward. Nothing is ever raised: that takes a new approval.

What is left out stays. Limits that are as they were change nothing, and nothing is told.

Refuses: GrantNotFound, GrantLimitsNotPossible, GrantDayNotPossible, TransitionRefused (not approved, or ended).
"""

from datetime import date, datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from common.states import TransitionRefused
from payments.models import Grant
from payments.services._grant import lowered, refuse_day, refuse_unless_mine, tell_grant
from payments.states import GrantStatus


@transaction
def lower_grant(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    grant_id: str,
    limit_per_payment: Money | None = None,
    limit_per_period: Money | None = None,
    until: date | None = None,
    by: Actor,
    now: datetime,
) -> Grant:
    grant = Grant.locked(grant_id)
    refuse_unless_mine(grant, by=by)
    if not grant.is_open:
        raise TransitionRefused(current=GrantStatus(grant.status), verb="lower")
    limits = lowered(grant, per_payment=limit_per_payment, per_period=limit_per_period, until=until)
    refuse_day(limits["until"], now=now)
    if all(getattr(grant, name) == value for name, value in limits.items()):
        return grant
    grant.note("lower", by=by, now=now, **limits)
    tell_grant("grant.lowered", grant, by=by, now=now)
    return grant
