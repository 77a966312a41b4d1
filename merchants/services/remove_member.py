"""End a person's membership, or take an invitation back. The row stays, so that history keeps its names.

Refuses: MerchantNotFound, MemberNotFound, LastOwner.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.errors import LastOwner
from merchants.models import Member, Merchant
from merchants.queries import member_of_merchant


@transaction
def remove_member(*, merchant_id: str, member_id: str, by: Actor, now: datetime) -> Member:
    Merchant.locked(merchant_id)  # two owners who remove each other at once must not both succeed
    member = member_of_merchant(merchant_id, member_id)
    if member.is_last_owner():
        raise LastOwner
    member.move("remove", removed_at=now)
    facts = {"member": member.id, "role": member.role}
    events.record_event("member.removed", subject=member.id, owner_ref=merchant_id, by=by, at=now, data=facts)
    events.write_audit("member.removed", subject=member.id, by=by, at=now, data=facts)
    return member
