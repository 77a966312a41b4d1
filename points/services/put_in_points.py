"""A member puts points of their own into the family's pool, oldest expiry first; funder and expiry stay as they were.

Not while a passkey or device of theirs is new: others may take them out. The same `asked_as` again answers the first
move.

Refuses: FamilyNotFound, NotYetPossible, NotEnoughPoints, WalletStandsStill, PointsRepeatDiffers.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import customer_by_id
from common.actors import Actor
from common.db import transaction
from common.ids import new_id
from common.money import Money
from points.errors import NotYetPossible
from points.giving import day_and_time, held_until, refuse_if_frozen
from points.lots import move_points
from points.models import FamilyMove, PointsProgram
from points.services._families import earlier_move, locked_membership, note_move
from points.states import FamilyMoveKind, Source


@transaction
def put_in_points(*, customer_id: str, amount: Money, asked_as: str, by: Actor, now: datetime) -> FamilyMove:
    customer = customer_by_id(customer_id)
    accounts.lock_wallet(customer.wallet.id)
    refuse_if_frozen(customer)
    family, member = locked_membership(customer.wallet.id)
    if earlier := earlier_move(member, FamilyMoveKind.PUT_IN, amount, asked_as=asked_as):
        return earlier
    if until := held_until(customer, PointsProgram.at(now), now=now):
        raise NotYetPossible(when=day_and_time(until))
    move_id = new_id("fmv")
    move_points(
        from_wallet=customer.wallet.id,
        to_wallet=family.pool_id,
        amount=amount,
        source=Source.FAMILY,
        source_ref=move_id,
        now=now,
    )
    return note_move(family, member, FamilyMoveKind.PUT_IN, amount, move_id=move_id, asked_as=asked_as, by=by, now=now)
