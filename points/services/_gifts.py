"""What the verbs that end a gift share. Each holds the gift's row, so exactly one of them ends it."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from common.money import Money, pts
from points.errors import GiftNotFound
from points.gift_queries import lots_in_pool
from points.lots import move_lots
from points.models import PointsGift
from points.states import GiftStatus, Source
from points.telling import tell


@transaction_required
def gift_for(wallet_id: str, gift_id: str, *, verified_email: str) -> PointsGift:
    """The gift, locked, if it was sent to this address by somebody else. What another took is nobody's but theirs."""
    gift = PointsGift.locked(gift_id)
    address = verified_email.strip().lower()
    if gift is None or gift.to_email != address or gift.from_wallet_id == wallet_id:
        raise GiftNotFound
    if gift.to_wallet_id not in {None, wallet_id}:
        raise GiftNotFound
    return gift


@transaction_required
def gift_pool_moves_to(wallet_id: str, gift: PointsGift, *, now: datetime) -> Money:
    """All that is left, with its expiry and its funder; answers how much that is."""
    lots = lots_in_pool(gift.pool_id, now=now)
    if not lots:
        return pts(0)
    arrived = move_lots(lots, to_wallet=wallet_id, source=Source.GIFT, source_ref=f"{gift.id}:end", now=now)
    return sum((lot.earned for lot in arrived), start=pts(0))


@transaction_required
def give_points_back(gift: PointsGift, verb: str, *, by: Actor, now: datetime) -> bool:
    """End a gift that nobody took: what is left goes back to the sender. False when it had ended so before."""
    ended = {"cancel": GiftStatus.CANCELED, "decline": GiftStatus.DECLINED, "expire": GiftStatus.EXPIRED}[verb]
    if gift.status == ended:
        return False
    back = gift_pool_moves_to(gift.from_wallet_id, gift, now=now) if gift.status == GiftStatus.PENDING else pts(0)
    gift.end(verb, moved=back, now=now)
    facts = {"gift": gift.id, "points_minor": back.minor}
    tell(f"gift.{ended.value}", subject=gift.id, by=by, at=now, facts=facts)
    return True
