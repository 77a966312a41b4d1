"""Change where an endpoint listens, what it hears, in which version, or whether at all. What is None stays as it is.

Disabling gives up what is still waiting; it can be told again by hand. Refuses: EndpointNotFound, UnacceptableAddress.
"""

from collections.abc import Sequence
from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.http import checked_address
from events import services as events
from webhooks.models import WebhookEndpoint
from webhooks.services._locked import locked_endpoint
from webhooks.services._switching import switch_off, switch_on
from webhooks.states import DisabledWhy, EndpointStatus


@transaction
def update_endpoint(  # noqa: PLR0913 (four things may change, and who and when are always named)
    *,
    endpoint_id: str,
    url: str | None = None,
    event_types: Sequence[str] | None = None,
    status: str | None = None,
    api_version: str | None = None,
    by: Actor,
    now: datetime,
) -> WebhookEndpoint:
    endpoint = locked_endpoint(endpoint_id)
    if url is not None:
        endpoint.url = checked_address(url)
    if event_types is not None:
        endpoint.event_types = list(event_types)
    if api_version is not None:
        endpoint.api_version = api_version
    endpoint.save(update_fields=["url", "event_types", "api_version"])
    if status == EndpointStatus.DISABLED:
        switch_off(endpoint, DisabledWhy.MERCHANT, now=now)
    elif status == EndpointStatus.ENABLED and endpoint.status == EndpointStatus.DISABLED:
        switch_on(endpoint, by=by, now=now)
    events.write_audit(
        "webhook_endpoint.changed",
        subject=endpoint.id,
        by=by,
        at=now,
        data={"url": endpoint.url, "status": str(endpoint.status), "event_types": endpoint.event_types},
    )
    return endpoint
