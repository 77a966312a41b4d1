"""Questions about families and their pools. None of them changes anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q, Sum

from accounts.queries import frozen_among, names_of_wallets
from common.money import Money, pts
from points.giving import day_of, held_until
from points.models import Family, FamilyMember, FamilyMove, PointsLot, PointsProgram
from points.models.family import INVITATION_LASTS
from points.queries import points_of
from points.states import FamilyMemberStatus, FamilyMoveKind, LotStatus

if TYPE_CHECKING:
    from accounts.models import Customer
    from points.types import PointsView

INVITATIONS_PER_DAY: Final = 10


@dataclass(frozen=True, slots=True)
class MemberLine:
    """Somebody of the family. Who is only invited is an address, and the owner alone sees it."""

    member: FamilyMember
    name: str
    contributed: Money
    """What is left in the pool of their own points."""
    is_me: bool


@dataclass(frozen=True, slots=True)
class FamilyView:
    family: Family
    me: FamilyMember
    pool: "PointsView"
    drawable: Money
    """Of what lies in the pool: all but the points of members whose wallet is frozen."""
    members: list[MemberLine]
    invited: list[FamilyMember]
    draws_from: datetime | None
    """Not before then; null when it is possible now."""
    puts_in_from: datetime | None
    left_today: Money
    """How much this member may still draw today."""
    most_per_day: Money
    most_members: int


@dataclass(frozen=True, slots=True)
class MoveLine:
    move: FamilyMove
    name: str
    """Of the member whose points they are or became. Whoever left is still named: they were known here."""

    @property
    def amount(self) -> Money:
        """Signed: what left the pool is negative."""
        return self.move.amount if self.move.goes_in else pts(-self.move.amount_minor)


@dataclass(frozen=True, slots=True)
class Invitation:
    member: FamilyMember
    from_name: str
    """Of whoever began the family."""
    over_at: datetime


def membership_of(wallet_id: str) -> FamilyMember | None:
    """The family that this wallet belongs to; there is at most one."""
    active = FamilyMember.objects.filter(wallet_id=wallet_id, status=FamilyMemberStatus.ACTIVE)
    return active.select_related("family").first()


def family_of(customer: "Customer", *, now: datetime) -> FamilyView | None:
    me = membership_of(customer.wallet.id)
    if me is None:
        return None
    program = PointsProgram.at(now)
    everybody = list(me.family.members.filter(status__in=[FamilyMemberStatus.ACTIVE, FamilyMemberStatus.INVITED]))
    active = [member for member in everybody if member.status == FamilyMemberStatus.ACTIVE]
    names = names_of_wallets(member.wallet_id for member in active if member.wallet_id)
    contributed = contributions(me.family.pool_id, now=now)
    return FamilyView(
        family=me.family,
        me=me,
        pool=points_of(me.family.pool_id, now),
        drawable=drawable_from(me.family, now=now),
        members=[
            MemberLine(
                member,
                names.get(member.wallet_id or "", ""),
                pts(contributed.get(member.wallet_id or "", 0)),
                is_me=member.id == me.id,
            )
            for member in active
        ],
        invited=[member for member in everybody if me.is_owner and member.invitation_lasts(now=now)],
        draws_from=draws_from(me, customer, program, now=now),
        puts_in_from=held_until(customer, program, now=now),
        left_today=left_to_draw(me, program, now=now),
        most_per_day=pts(program.gift_most_minor),
        most_members=program.family_most_members,
    )


def in_pool_of(wallet_id: str, *, now: datetime) -> Money:
    """What can be drawn from the pool of this wallet's family; nothing where it is in none."""
    me = membership_of(wallet_id)
    return drawable_from(me.family, now=now) if me else pts(0)


def drawable_from(family: Family, *, now: datetime) -> Money:
    """What lies in the pool, but for the points of members whose wallet is frozen."""
    frozen = frozen_members(family)
    return pts(sum(left for of, left in contributions(family.pool_id, now=now).items() if of not in frozen))


def frozen_members(family: Family) -> set[str]:
    """The wallets of this family that are frozen: their points in the pool stay where they are."""
    active = family.members.filter(status=FamilyMemberStatus.ACTIVE)
    return frozen_among(wallet for wallet in active.values_list("wallet_id", flat=True) if wallet)


def contributions(pool_id: str, *, now: datetime) -> dict[str, int]:
    """By wallet, what is left in the pool of the points that came from there."""
    alive = Q(wallet_id=pool_id, status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now)
    sums = PointsLot.objects.filter(alive).order_by().values("from_wallet_id").annotate(left=Sum("remaining_minor"))
    return {row["from_wallet_id"]: row["left"] for row in sums}


def draws_from(member: FamilyMember, customer: "Customer", program: PointsProgram, *, now: datetime) -> datetime | None:
    """From when this member may draw; None when that is now. Who is new waits, and so does who has a new device."""
    waits = [at for at in (member.draws_from, held_until(customer, program, now=now)) if at and now < at]
    return max(waits, default=None)


def left_to_draw(member: FamilyMember, program: PointsProgram, *, now: datetime) -> Money:
    """Of what one member may draw on one of Tokyo's days: as much as the greatest gift."""
    drawn = member.moves.filter(kind=FamilyMoveKind.DRAWN, at__gte=day_of(now)[0])
    taken = drawn.aggregate(sum=Sum("amount_minor", default=0))["sum"]
    return pts(max(program.gift_most_minor - taken, 0))


def moves_of(family: Family, *, limit: int = 50) -> list[MoveLine]:
    """What went in and out, newest first."""
    moves = list(family.moves.select_related("member").order_by("-id")[:limit])
    names = names_of_wallets(move.member.wallet_id for move in moves if move.member.wallet_id)
    return [MoveLine(move, names.get(move.member.wallet_id or "", "")) for move in moves]


def invitations_for(customer: "Customer", *, now: datetime) -> list[Invitation]:
    """Families that ask this person's own address, while the invitation lasts."""
    asked = FamilyMember.objects.filter(email=customer.user.email, status=FamilyMemberStatus.INVITED)
    fresh = list(asked.filter(invited_at__gt=now - INVITATION_LASTS).select_related("family").order_by("id"))
    owners = _owners({member.family_id for member in fresh})
    return [
        Invitation(member, owners.get(member.family_id, ""), member.invited_at + INVITATION_LASTS) for member in fresh
    ]


def invited_today(owner_wallet_id: str, *, now: datetime) -> int:
    """By all families that this wallet began, those that it closed too: a new one opens no new list of mails."""
    families = FamilyMember.objects.filter(wallet_id=owner_wallet_id, is_owner=True).values("family_id")
    asked = FamilyMember.objects.filter(family_id__in=families, is_owner=False)
    return asked.filter(invited_at__gte=day_of(now)[0]).count()


def owner_of(family: Family) -> FamilyMember:
    return family.members.get(is_owner=True)


def _owners(family_ids: Iterable[str]) -> dict[str, str]:
    rows = FamilyMember.objects.filter(family_id__in=list(family_ids), is_owner=True).values_list(
        "family_id", "wallet_id"
    )
    wallets = {family_id: wallet_id for family_id, wallet_id in rows if wallet_id}
    names = names_of_wallets(wallets.values())
    return {family_id: names.get(wallet_id, "") for family_id, wallet_id in wallets.items()}


def waits_until(joined_at: datetime, program: PointsProgram, *held: datetime | None) -> datetime:
    """When somebody who joins now may draw first: after the cooling-off, and while no device of theirs or of whoever
    asked them is new.
    """
    return max([joined_at + timedelta(hours=program.gift_cooling_hours), *(at for at in held if at)])
