"""What this room hears: every event that has a merchant for an owner. And its queue."""

from datetime import datetime

from common.db import transaction
from events.types import Heard
from webhooks import services as webhooks


@transaction
def queue_for_endpoints(event: Heard, *, now: datetime) -> None:
    """Safe to hear twice: an endpoint has one telling per event, and the table says so."""
    if event.owner_ref.startswith("mer_"):
        webhooks.queue_event(event, now=now)


def deliver_due(now: datetime) -> int:
    return webhooks.deliver_due(now=now)


def queue_replays(now: datetime) -> int:
    return webhooks.queue_replays(now=now)


HANDLERS = {"*": [queue_for_endpoints]}
PUMPS = [deliver_due, queue_replays]
