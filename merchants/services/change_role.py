"""Give a person of a team, or an invited one, another role. The same role again changes nothing.

Refuses: MerchantNotFound, MemberNotFound, LastOwner.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.errors import LastOwner
from merchants.models import Member, Merchant
from merchants.queries import member_of_merchant
from merchants.states import Role


@transaction
def change_role(*, merchant_id: str, member_id: str, role: Role, by: Actor, now: datetime) -> Member:
    Merchant.locked(merchant_id)  # two owners who demote each other at once must not both succeed
    member = member_of_merchant(merchant_id, member_id)
    if member.role == role:
        return member
    if member.is_last_owner():
        raise LastOwner
    before = member.role
    member.role = role
    member.save(update_fields=["role"])
    facts = {"member": member.id, "before": before, "role": role.value}
    events.record_event("member.role_changed", subject=member.id, owner_ref=merchant_id, by=by, at=now, data=facts)
    events.write_audit("member.role_changed", subject=member.id, by=by, at=now, data=facts)
    return member
