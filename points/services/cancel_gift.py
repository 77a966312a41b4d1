"""The sender takes a gift back: possible until it is accepted. Asking again changes nothing.

Refuses: GiftNotFound, TransitionRefused (accepted or ended otherwise).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.errors import GiftNotFound
from points.models import PointsGift
from points.services._gifts import give_points_back


@transaction
def cancel_gift(*, wallet_id: str, gift_id: str, by: Actor, now: datetime) -> PointsGift:
    gift = PointsGift.locked(gift_id)
    if gift is None or gift.from_wallet_id != wallet_id:
        raise GiftNotFound
    give_points_back(gift, "cancel", by=by, now=now)
    return gift
