"""The customer's "not now" to a permission that a shop asked for: the request is over, and the shop is told.

Until somebody approved it, a request belongs to nobody: whoever has the link may say no, as with a payment.

Refuses: GrantNotFound, TransitionRefused (answered already, or over).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.models import Challenge, Grant
from payments.services._grant import refuse_unless_mine, tell_grant
from payments.states import GrantEnd


@transaction
def decline_grant(*, grant_id: str, by: Actor, now: datetime) -> Grant:
    grant = Grant.locked(grant_id)
    refuse_unless_mine(grant, by=by, or_nobodys=True)
    grant.move("decline", why=GrantEnd.DECLINED, by=by, now=now)
    Challenge.objects.filter(grant=grant, consumed_at=None, voided_at=None).update(voided_at=now)
    tell_grant("grant.declined", grant, by=by, now=now)
    return grant
