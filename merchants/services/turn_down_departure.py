"""A merchant stays: anybody of the staff may say so, the proposer too.

Refuses: SignatureNotFound, TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.models import Departure


@transaction
def turn_down_departure(*, departure_id: str, by: Actor, now: datetime) -> Departure:
    departure = Departure.locked(departure_id)
    departure.decide("turn_down", by=by, now=now)
    events.write_audit("merchant.departure_turned_down", subject=departure.id, by=by, at=now)
    return departure
