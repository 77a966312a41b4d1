"""Say no to a family's invitation. Asking again changes nothing.

Refuses: FamilyNotFound, TransitionRefused (already joined).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.services._families import locked_invitation
from points.states import FamilyMemberStatus
from points.telling import tell


@transaction
def decline_invitation(*, member_id: str, verified_email: str, by: Actor, now: datetime) -> None:
    family, member = locked_invitation(member_id, verified_email=verified_email)
    if member.status == FamilyMemberStatus.DECLINED:
        return
    member.move("decline", ended_at=now)
    tell("family.declined", subject=family.id, by=by, at=now, facts={"family": family.id, "member": member.id})
