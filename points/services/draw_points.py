"""A member takes points out of the family's pool, oldest expiry first, whoever put them in: but nobody takes those of
a member whose wallet is frozen.

Who is new in the family, or has a new passkey or device, waits; what one member draws on one of Tokyo's days is limited
to the greatest gift. The same `asked_as` again answers the first move.

Refuses: FamilyNotFound, NotYetPossible, DrawLimitReached, NotEnoughPoints, WalletStandsStill, PointsRepeatDiffers.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import customer_by_id
from common.actors import Actor
from common.db import transaction
from common.ids import new_id
from common.money import Money
from points.errors import DrawLimitReached, NotYetPossible
from points.family_queries import draws_from, frozen_members, left_to_draw
from points.giving import day_and_time, day_of, refuse_if_frozen, seconds_until
from points.lots import move_points
from points.models import FamilyMove, PointsProgram
from points.services._families import earlier_move, locked_membership, note_move
from points.states import FamilyMoveKind, Source


@transaction
def draw_points(*, customer_id: str, amount: Money, asked_as: str, by: Actor, now: datetime) -> FamilyMove:
    customer = customer_by_id(customer_id)
    accounts.lock_wallet(customer.wallet.id)
    refuse_if_frozen(customer)
    family, member = locked_membership(customer.wallet.id)
    if earlier := earlier_move(member, FamilyMoveKind.DRAWN, amount, asked_as=asked_as):
        return earlier
    program = PointsProgram.at(now)
    if until := draws_from(member, customer, program, now=now):
        raise NotYetPossible(when=day_and_time(until))
    if amount > (left := left_to_draw(member, program, now=now)):
        retry = seconds_until(day_of(now)[1], now=now)
        raise DrawLimitReached(most=program.gift_most_minor, left=left.minor, retry_after_seconds=retry)
    move_id = new_id("fmv")
    move_points(
        from_wallet=family.pool_id,
        to_wallet=customer.wallet.id,
        amount=amount,
        source=Source.FAMILY,
        source_ref=move_id,
        but_those_of=frozen_members(family),
        now=now,
    )
    return note_move(family, member, FamilyMoveKind.DRAWN, amount, move_id=move_id, asked_as=asked_as, by=by, now=now)
