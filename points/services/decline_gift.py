"""Whom it was meant for does not want it: the points go back to the sender, who is told. Also before it could be
accepted. Asking again changes nothing.

Refuses: GiftNotFound, TransitionRefused (accepted or ended otherwise).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.models import PointsGift
from points.services._gifts import gift_for, give_points_back


@transaction
def decline_gift(*, wallet_id: str, gift_id: str, verified_email: str, by: Actor, now: datetime) -> PointsGift:
    gift = gift_for(wallet_id, gift_id, verified_email=verified_email)
    give_points_back(gift, "decline", by=by, now=now)
    return gift
