"""The owner ends the family: everybody gets back what is left in the pool of their own points.

Each lot in the pool knows whose it was, so nothing has to be divided and nothing is left over; who put in the most of
what was drawn has drawn less back, and no debt is made of that. Not being in a family changes nothing.

Refuses: FamilyNotFound (not the owner).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.family_queries import membership_of
from points.services._families import end_membership, locked_family_of_owner
from points.states import FamilyMemberStatus
from points.telling import tell


@transaction
def close_family(*, wallet_id: str, by: Actor, now: datetime) -> None:
    if membership_of(wallet_id) is None:
        return
    family, _me = locked_family_of_owner(wallet_id)
    for member in family.members.filter(status__in=[FamilyMemberStatus.ACTIVE, FamilyMemberStatus.INVITED]):
        verb = "leave" if member.status == FamilyMemberStatus.ACTIVE else "remove"
        end_membership(family, member, verb, closed=True, by=by, now=now)
    family.close(now=now)
    tell("family.closed", subject=family.id, by=by, at=now, facts={"family": family.id})
