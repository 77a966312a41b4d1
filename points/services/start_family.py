"""Begin a family: a pool of points for several customers. Whoever begins it owns it. A wallet is in one family.

Refuses: UnacceptableText, InAFamilyAlready, CustomerNotFound.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import customer_by_id
from common.actors import Actor
from common.db import transaction
from common.text import clean_name
from points.errors import InAFamilyAlready
from points.family_queries import membership_of
from points.models import Family, FamilyMember
from points.states import FamilyMemberStatus
from points.telling import tell


@transaction
def start_family(*, customer_id: str, name: str, by: Actor, now: datetime) -> Family:
    customer = customer_by_id(customer_id)
    accounts.lock_wallet(customer.wallet.id)
    if membership_of(customer.wallet.id):
        raise InAFamilyAlready
    family = Family.objects.create(name=clean_name(name, 40), started_at=now)
    FamilyMember.objects.create(
        family=family,
        wallet_id=customer.wallet.id,
        is_owner=True,
        status=FamilyMemberStatus.ACTIVE,
        invited_at=now,
        joined_at=now,
        draws_from=now,  # until somebody joins, the pool holds only their own
    )
    tell("family.started", subject=family.id, by=by, at=now, facts={"family": family.id})
    return family
