"""Join the family that asked this address (`verified_email`, proven). A wallet is in one family at a time.

Who joins may draw only after a while: the gifts' cooling-off, or until no passkey or device of theirs or of the owner's
is new any more. Accepting again changes nothing.

Refuses: FamilyNotFound, InAFamilyAlready, FamilyIsFull, CustomerNotFound.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import customer_by_id, customer_of_wallet
from common.actors import Actor
from common.db import transaction
from points.errors import FamilyIsFull, FamilyNotFound, InAFamilyAlready
from points.family_queries import membership_of, owner_of, waits_until
from points.giving import held_until
from points.models import Family, FamilyMember, PointsProgram
from points.services._families import locked_invitation
from points.states import FamilyMemberStatus
from points.telling import tell


@transaction
def accept_invitation(
    *, customer_id: str, member_id: str, verified_email: str, by: Actor, now: datetime
) -> FamilyMember:
    customer = customer_by_id(customer_id)
    wallet = accounts.lock_wallet(customer.wallet.id)
    family, member = locked_invitation(member_id, verified_email=verified_email)
    mine = membership_of(wallet.id)
    if mine and mine.id == member.id:
        return mine
    if not member.invitation_lasts(now=now):
        raise FamilyNotFound
    if mine:
        raise InAFamilyAlready
    program = PointsProgram.at(now)
    if family.members.filter(status=FamilyMemberStatus.ACTIVE).count() >= program.family_most_members:
        raise FamilyIsFull(most=program.family_most_members)
    member.move(
        "accept", wallet_id=wallet.id, joined_at=now, draws_from=_draws_from(customer.id, family, program, now=now)
    )
    tell("family.joined", subject=family.id, by=by, at=now, facts={"family": family.id, "member": member.id})
    return member


def _draws_from(customer_id: str, family: Family, program: PointsProgram, *, now: datetime) -> datetime:
    owner = customer_of_wallet(owner_of(family).wallet_id or "")
    people = [customer_by_id(customer_id), *([owner] if owner else [])]
    return waits_until(now, program, *(held_until(person, program, now=now) for person in people))
