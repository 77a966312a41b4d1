"""Whether what becomes live from now on is put into the family's pool by itself. What is live already stays.

Switching it on waits like putting in does. Asking again changes nothing.

Refuses: FamilyNotFound, NotYetPossible, WalletStandsStill.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import customer_by_id
from common.actors import Actor
from common.db import transaction
from points.errors import NotYetPossible
from points.giving import day_and_time, held_until, refuse_if_frozen
from points.models import FamilyMember, PointsProgram
from points.services._families import locked_membership
from points.telling import tell


@transaction
def set_sharing(*, customer_id: str, on: bool, by: Actor, now: datetime) -> FamilyMember:
    customer = customer_by_id(customer_id)
    accounts.lock_wallet(customer.wallet.id)
    family, member = locked_membership(customer.wallet.id)
    if on == (member.shares_since is not None):
        return member
    if on:
        refuse_if_frozen(customer)
        if until := held_until(customer, PointsProgram.at(now), now=now):
            raise NotYetPossible(when=day_and_time(until))
    member.shares_since = now if on else None
    member.save(update_fields=["shares_since"])
    happened = "family.sharing_on" if on else "family.sharing_off"
    tell(happened, subject=family.id, by=by, at=now, facts={"family": family.id, "member": member.id})
    return member
