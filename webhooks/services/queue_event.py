"""An event happened: note for each endpoint that wants it what it will be told. Hearing it twice changes nothing."""

from datetime import datetime

from common.clock import instant_text
from common.db import transaction_required
from common.ids import new_id
from common.insert_once import insert_once
from common.json import canonical
from events.types import Heard
from merchants.versions import led_down
from webhooks.models import WebhookEndpoint, WebhookTelling
from webhooks.states import EVENT_TYPES, EndpointStatus


@transaction_required
def queue_event(event: Heard, *, now: datetime) -> int:
    """Returns how many endpoints will be told."""
    if event.type not in EVENT_TYPES:
        return 0
    listening = list(
        WebhookEndpoint.objects.filter(merchant_id=event.owner_ref, status=EndpointStatus.ENABLED, removed_at=None)
    )
    bodies = {version: body_of(event, version) for version in {endpoint.api_version for endpoint in listening}}
    return sum(
        insert_once(
            WebhookTelling(
                id=new_id("tel"),
                endpoint=endpoint,
                event_id=event.id,
                event_type=event.type,
                body=bodies[endpoint.api_version],
                api_version=endpoint.api_version,
                not_before=now,
                queued_at=now,
            )
        )
        for endpoint in listening
        if endpoint.wants(event.type)
    )


def body_of(event: Heard, version: str) -> bytes:
    """The payload of Standard Webhooks: type, timestamp, data. `data` holds nothing about who paid."""
    data = led_down(dict(event.data), spoken=version)
    return canonical({"type": event.type, "timestamp": instant_text(event.at), "data": data})
