"""Departures that no second person signed within a week end. Safe to run twice. Answers how many ended."""

from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from events import services as events
from merchants.models import Departure


def expire_departures(*, now: datetime) -> int:
    return sum(_expire(departure_id=departure_id, now=now) for departure_id in Departure.overdue(now=now))


@transaction
def _expire(*, departure_id: str, now: datetime) -> bool:
    departure = Departure.locked(departure_id)
    if not departure.waits:
        return False  # somebody else was faster
    departure.decide("expire", by=SYSTEM, now=now)
    events.write_audit("merchant.departure_expired", subject=departure_id, by=SYSTEM, at=now)
    return True
