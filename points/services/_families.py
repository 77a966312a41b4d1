"""What the verbs about families share. Lock order: wallet, family, the pools' lots, the books."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from common.ids import new_id
from common.money import Money, pts
from points.errors import FamilyNotFound, PointsRepeatDiffers
from points.family_queries import membership_of
from points.lots import move_lots
from points.models import Family, FamilyMember, FamilyMove, PointsLot
from points.states import FamilyMemberStatus, FamilyMoveKind, FamilyStatus, LotStatus, Source
from points.telling import tell


@transaction_required
def locked_membership(wallet_id: str) -> tuple[Family, FamilyMember]:
    """The family of this wallet, locked, and its member as it is then. Refuses: FamilyNotFound."""
    found = membership_of(wallet_id)
    family = Family.locked(found.family_id) if found else None
    member = membership_of(wallet_id)  # somebody may have closed it, or let them go, while we waited
    if family is None or member is None or member.family_id != family.id or family.status != FamilyStatus.ACTIVE:
        raise FamilyNotFound
    return family, member


@transaction_required
def locked_family_of_owner(wallet_id: str) -> tuple[Family, FamilyMember]:
    family, member = locked_membership(wallet_id)
    if not member.is_owner:
        raise FamilyNotFound
    return family, member


@transaction_required
def locked_invitation(member_id: str, *, verified_email: str) -> tuple[Family, FamilyMember]:
    """An invitation to this address, open or not, with its family locked. Refuses: FamilyNotFound."""
    found = FamilyMember.objects.filter(pk=member_id, email=verified_email.strip().lower(), is_owner=False).first()
    family = Family.locked(found.family_id) if found else None
    if family is None or found is None or family.status != FamilyStatus.ACTIVE:
        raise FamilyNotFound
    found.refresh_from_db()
    return family, found


def earlier_move(member: FamilyMember, kind: FamilyMoveKind, amount: Money, *, asked_as: str) -> FamilyMove | None:
    """What the same form did before. Refuses: PointsRepeatDiffers."""
    earlier = member.moves.filter(asked_as=asked_as).first()
    if earlier and (earlier.kind, earlier.amount) != (kind, amount):
        raise PointsRepeatDiffers
    return earlier


@transaction_required
def note_move(  # noqa: PLR0913 (one line of the family's history)
    family: Family,
    member: FamilyMember,
    kind: FamilyMoveKind,
    amount: Money,
    *,
    move_id: str,
    asked_as: str,
    by: Actor,
    now: datetime,
) -> FamilyMove:
    move = FamilyMove.objects.create(
        id=move_id,
        family=family,
        member=member,
        kind=kind,
        amount_minor=amount.minor,
        asked_as=asked_as,
        by=by.ref,
        at=now,
    )
    facts = {
        "family": family.id,
        "member": member.id,
        "move": move.id,
        "kind": kind.value,
        "points_minor": amount.minor,
    }
    tell("family.points_moved", subject=family.id, by=by, at=now, facts=facts)
    return move


@transaction_required
def return_contribution(family: Family, member: FamilyMember, *, by: Actor, now: datetime) -> Money:
    """What is left in the pool of this member's own points goes back to them: each lot knows whose it was, so there is
    nothing to divide, and nothing is left over.
    """
    alive = PointsLot.objects.filter(
        wallet_id=family.pool_id, from_wallet_id=member.wallet_id, status=LotStatus.LIVE, remaining_minor__gt=0
    )
    lots = list(alive.filter(expires_at__gt=now).order_by("id"))
    if not lots or member.wallet_id is None:
        return pts(0)
    move_id = new_id("fmv")
    moved = move_lots(lots, to_wallet=member.wallet_id, source=Source.FAMILY, source_ref=move_id, now=now)
    back = sum((lot.earned for lot in moved), start=pts(0))
    if back:
        note_move(family, member, FamilyMoveKind.RETURNED, back, move_id=move_id, asked_as=move_id, by=by, now=now)
    return back


@transaction_required
def end_membership(  # noqa: PLR0913 (who, from where, how and why)
    family: Family, member: FamilyMember, verb: str, *, closed: bool = False, by: Actor, now: datetime
) -> None:
    """`verb` is "leave" or "remove". Their points first, while they still belong to it."""
    was_in = member.status == FamilyMemberStatus.ACTIVE
    back = return_contribution(family, member, by=by, now=now) if was_in else pts(0)
    member.move(verb, ended_at=now, shares_since=None)
    happened = "family.member_left" if verb == "leave" else "family.member_removed"
    facts = {"family": family.id, "member": member.id, "points_minor": back.minor, "was_in": was_in}
    tell(happened, subject=family.id, by=by, at=now, facts=facts | {"closed": closed})
