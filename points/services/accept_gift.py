"""Take what somebody gave: the points move from the gift's pool to the receiver, as they are.

Only for who has proven to read the address that the gift was sent to (`verified_email`). What expired meanwhile is gone
and does not arrive. While the sender's wallet is frozen it waits: perhaps it was not them who gave. Accepting again
changes nothing.

Refuses: GiftNotFound, GiftNotYetAcceptable, GiftStandsStill, TransitionRefused (taken back, declined, too late),
CustomerNotFound.
"""

from datetime import datetime

from accounts.queries import customer_by_id, customer_of_wallet, wallet_frozen_at
from common.actors import Actor
from common.db import transaction
from common.states import TransitionRefused
from points.errors import GiftNotYetAcceptable, GiftStandsStill
from points.giving import day_and_time
from points.models import PointsGift
from points.services._gifts import gift_for, gift_pool_moves_to
from points.states import GiftStatus
from points.telling import tell


@transaction
def accept_gift(*, customer_id: str, gift_id: str, verified_email: str, by: Actor, now: datetime) -> PointsGift:
    receiver = customer_by_id(customer_id)
    gift = gift_for(receiver.wallet.id, gift_id, verified_email=verified_email)
    if gift.status == GiftStatus.ACCEPTED:
        return gift
    if gift.status == GiftStatus.PENDING and now < gift.acceptable_from:
        raise GiftNotYetAcceptable(when=day_and_time(gift.acceptable_from))
    if gift.status == GiftStatus.PENDING and now >= gift.expires_at:
        raise TransitionRefused(current=GiftStatus.EXPIRED, verb="accept")
    sender = customer_of_wallet(gift.from_wallet_id)
    if gift.status == GiftStatus.PENDING and sender is not None and wallet_frozen_at(sender):
        raise GiftStandsStill
    arrived = gift_pool_moves_to(receiver.wallet.id, gift, now=now)
    gift.end("accept", moved=arrived, to_wallet_id=receiver.wallet.id, now=now)
    tell("gift.accepted", subject=gift.id, by=by, at=now, facts={"gift": gift.id, "points_minor": arrived.minor})
    return gift
