"""Leave a family. What is left in the pool of one's own points comes along; what others drew of them does not.

Whoever began the family closes it instead. Not being in it changes nothing.

Refuses: OwnerStays.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.errors import OwnerStays
from points.family_queries import membership_of
from points.services._families import end_membership, locked_membership


@transaction
def leave_family(*, wallet_id: str, by: Actor, now: datetime) -> None:
    if membership_of(wallet_id) is None:
        return
    family, member = locked_membership(wallet_id)
    if member.is_owner:
        raise OwnerStays
    end_membership(family, member, "leave", by=by, now=now)
