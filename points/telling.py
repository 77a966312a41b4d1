"""How gifts and families are told: an event for our own rooms, which no merchant sees, and a record in the chain."""

from datetime import datetime
from typing import Any

from common.actors import Actor
from events import services as events


def tell(happened: str, *, subject: str, by: Actor, at: datetime, facts: dict[str, Any]) -> None:
    """A step of the caller's. No address stands in it: whoever hears it may ask for one."""
    events.record_event(happened, subject=subject, by=by, at=at, data={}, facts=facts)
    events.write_audit(happened, subject=subject, by=by, at=at, data=facts)
