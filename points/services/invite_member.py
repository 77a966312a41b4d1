"""Ask somebody by e-mail to join a family. Only its owner asks.

The invitation lasts fourteen days and is accepted by a customer who has proven to read that address. Whatever the
address, the owner is told the same. Asking an invited person again renews time and mail.

Refuses: FamilyNotFound, AddressNotReadable, GiftToOneself, MemberAlready, FamilyIsFull,
InvitedOften, WalletStandsStill.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import customer_by_id
from common.actors import Actor
from common.db import transaction
from points.errors import FamilyIsFull, GiftToOneself, InvitedOften, MemberAlready
from points.family_queries import INVITATIONS_PER_DAY, invited_today
from points.giving import day_of, read_address, refuse_if_frozen, seconds_until
from points.models import FamilyMember, PointsProgram
from points.services._families import locked_family_of_owner
from points.states import FamilyMemberStatus
from points.telling import tell


@transaction
def invite_member(*, customer_id: str, email: str, by: Actor, now: datetime) -> FamilyMember:
    owner = customer_by_id(customer_id)
    accounts.lock_wallet(owner.wallet.id)
    refuse_if_frozen(owner)
    family, _me = locked_family_of_owner(owner.wallet.id)
    address = read_address(email)
    if address == owner.user.email:
        raise GiftToOneself
    if invited_today(owner.wallet.id, now=now) >= INVITATIONS_PER_DAY:
        raise InvitedOften(retry_after_seconds=seconds_until(day_of(now)[1], now=now))
    in_it = family.members.filter(status__in=[FamilyMemberStatus.ACTIVE, FamilyMemberStatus.INVITED])
    earlier = in_it.filter(email=address).first()
    if earlier and earlier.status == FamilyMemberStatus.ACTIVE:
        raise MemberAlready
    others = [one for one in in_it if one != earlier]
    taken = [one for one in others if one.status == FamilyMemberStatus.ACTIVE or one.invitation_lasts(now=now)]
    if len(taken) >= (most := PointsProgram.at(now).family_most_members):
        raise FamilyIsFull(most=most)
    if earlier:
        earlier.move("remove", ended_at=now)
    member = FamilyMember.objects.create(family=family, email=address, invited_at=now)
    tell("family.invited", subject=family.id, by=by, at=now, facts={"family": family.id, "member": member.id})
    return member
