"""Put into their family's pool what became live of those who want it so.

Each lot once, as it is then; what was given or drawn is not passed on. A frozen wallet keeps its points, and so does
who left meanwhile. One lot, one transaction; a lot that cannot be moved is logged and stops no other one. Answers how
many were moved.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from accounts import services as accounts
from accounts.queries import customer_of_wallet, wallet_frozen_at
from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from points.errors import FamilyNotFound
from points.lots import move_lots
from points.models import FamilyMember, FamilyMove, PointsLot
from points.services._families import locked_membership, note_move
from points.states import FamilyMemberStatus, FamilyMoveKind, LotStatus, Source

_EARNED: Final = [Source.PURCHASE, Source.CAMPAIGN, Source.TIER, Source.CONVERSION, Source.ADJUSTMENT]

logger = logging.getLogger(__name__)


def share_live_points(*, now: datetime) -> int:
    moved = 0
    for wallet_id, lot_id in _due(now):
        try:
            moved += _share(wallet_id=wallet_id, lot_id=lot_id, now=now)
        except Exception:
            logger.exception("points lot %s could not be shared", lot_id)
    return moved


def _due(now: datetime) -> Iterator[tuple[str, str]]:
    sharing = FamilyMember.objects.filter(shares_since__isnull=False, status=FamilyMemberStatus.ACTIVE)
    for member in sharing.order_by("id").iterator():
        alive = PointsLot.objects.filter(
            wallet_id=member.wallet_id or "", status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now
        )
        fresh = alive.filter(available_from__gt=member.shares_since, source__in=_EARNED)
        known = set(FamilyMove.objects.filter(member=member).values_list("asked_as", flat=True))
        for lot_id in fresh.order_by("id").values_list("id", flat=True):
            if lot_id not in known:
                yield member.wallet_id or "", lot_id


@transaction
def _share(*, wallet_id: str, lot_id: str, now: datetime) -> bool:
    accounts.lock_wallet(wallet_id)
    customer = customer_of_wallet(wallet_id)
    try:
        family, member = locked_membership(wallet_id)
    except FamilyNotFound:
        return False
    if customer is None or wallet_frozen_at(customer) or member.shares_since is None:
        return False
    if FamilyMove.objects.filter(member=member, asked_as=lot_id).exists():
        return False
    lots = list(PointsLot.objects.filter(pk=lot_id, wallet_id=wallet_id))
    move_id = new_id("fmv")
    moved = move_lots(lots, to_wallet=family.pool_id, source=Source.FAMILY, source_ref=move_id, now=now)
    if not moved:
        return False
    note_move(
        family,
        member,
        FamilyMoveKind.SHARED,
        moved[0].earned,
        move_id=move_id,
        asked_as=lot_id,
        by=SYSTEM,
        now=now,
    )
    return True
