"""The owner lets a member go, or takes an invitation back. What is left of the member's own points goes with them.

Asking again changes nothing.

Refuses: FamilyNotFound, OwnerStays.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.errors import FamilyNotFound, OwnerStays
from points.services._families import end_membership, locked_family_of_owner
from points.states import FamilyMemberStatus


@transaction
def remove_member(*, wallet_id: str, member_id: str, by: Actor, now: datetime) -> None:
    family, me = locked_family_of_owner(wallet_id)
    member = family.members.filter(pk=member_id).first()
    if member is None:
        raise FamilyNotFound
    if member.id == me.id:
        raise OwnerStays
    if member.status in {FamilyMemberStatus.ACTIVE, FamilyMemberStatus.INVITED}:
        end_membership(family, member, "remove", by=by, now=now)
