"""An adjustment is not made: anybody of the staff may say so, its proposer too.

Refuses: SignatureNotFound, TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from points.models import PointsAdjustment


@transaction
def turn_down_adjustment(*, adjustment_id: str, by: Actor, now: datetime) -> PointsAdjustment:
    adjustment = PointsAdjustment.locked(adjustment_id)
    adjustment.decide("turn_down", by=by, now=now)
    events.write_audit("points.adjustment_turned_down", subject=adjustment.id, by=by, at=now)
    return adjustment
