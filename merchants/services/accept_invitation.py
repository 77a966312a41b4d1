"""Join every team that has invited this address.

Called when a person signs in; `verified_email` is an address that this person has proven to read. Answers the
memberships that became active now. An invitation that is over, or to a team the person is already in, stays as it is.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.models import Member
from merchants.states import MemberStatus


@transaction
def accept_invitation(*, user_id: str, verified_email: str, now: datetime) -> list[Member]:
    address = verified_email.strip().lower()
    waiting = Member.objects.select_for_update(no_key=True).filter(email=address, status=MemberStatus.INVITED)
    joined = []
    for member in waiting.order_by("id"):
        if not member.invitation_lasts(now=now) or _is_in_already(member, user_id):
            continue
        member.move("accept", user_id=user_id, joined_at=now)
        facts = {"member": member.id, "role": member.role}
        by = Actor(member.id)
        events.record_event("member.joined", subject=member.id, owner_ref=member.merchant_id, by=by, at=now, data=facts)
        events.write_audit("member.joined", subject=member.id, by=by, at=now, data={**facts, "user": user_id})
        joined.append(member)
    return joined


def _is_in_already(member: Member, user_id: str) -> bool:
    active = Member.objects.filter(merchant_id=member.merchant_id, user_id=user_id, status=MemberStatus.ACTIVE)
    return active.exists()
