"""What this room hears: every event that has a merchant for an owner. And its queue."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from common.db import transaction
from events.types import Heard
from webhooks.services.deliver_due import deliver_due
from webhooks.services.queue_event import queue_event


@transaction
def queue_for_endpoints(event: Heard, *, now: datetime) -> None:
    """Safe to hear twice: an endpoint has one telling per event, and the table says so."""
    if event.owner_ref.startswith("mer_"):
        queue_event(event, now=now)


def _deliver(now: datetime) -> int:
    return deliver_due(now=now)


HANDLERS: Final[dict[str, list[Callable[..., Any]]]] = {"*": [queue_for_endpoints]}
PUMPS: Final[list[Callable[[datetime], int]]] = [_deliver]
