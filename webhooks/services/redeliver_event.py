"""Tell an event again, with the same bytes, to every enabled endpoint of its owner that wants it.

The schedule begins anew. An endpoint that was registered after the event is told too.

Refuses: EventNotFound (not this merchant's), NothingListens.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from events.queries import event_of
from webhooks.errors import NothingListens
from webhooks.models import WebhookTelling
from webhooks.services.queue_event import queue_event
from webhooks.states import EndpointStatus, TellingStatus


@transaction
def redeliver_event(*, merchant_id: str, event_id: str, by: Actor, now: datetime) -> int:
    """Returns how many endpoints will be told."""
    event = event_of(merchant_id, event_id)
    told_before = WebhookTelling.objects.filter(
        event_id=event.id, endpoint__status=EndpointStatus.ENABLED, endpoint__removed_at=None
    )
    again = told_before.update(status=TellingStatus.DUE, attempts=0, not_before=now, queued_at=now)
    new = queue_event(event.as_heard(), now=now)
    if not again + new:
        raise NothingListens
    events.write_audit("event.redelivered", subject=event.id, by=by, at=now, data={"endpoints": again + new})
    return again + new
