"""How this room tells what it did: to the other rooms, and to the audit chain."""

from datetime import datetime
from typing import Any

from common.actors import Actor
from events import services as events


def tell(happened: str, *, subject: str, by: Actor, at: datetime, facts: dict[str, Any]) -> None:
    """One event for our own rooms, which no merchant sees, and one record in the chain. A step of the caller's."""
    events.record_event(happened, subject=subject, by=by, at=at, data={}, facts=facts)
    events.write_audit(happened, subject=subject, by=by, at=at, data=facts)
