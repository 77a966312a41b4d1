"""Switch an endpoint on again and tell it what it missed: the way back after an outage, in one step.

Refuses: EndpointNotFound. One that is on already stays on, and nothing is told again.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from webhooks.models import WebhookEndpoint
from webhooks.services._locked import locked_endpoint
from webhooks.services._replay import begin_replay
from webhooks.services._switching import switch_on
from webhooks.states import DISABLE_AFTER, LONGEST_REPLAY, EndpointStatus


@transaction
def resume_endpoint(*, endpoint_id: str, by: Actor, now: datetime) -> WebhookEndpoint:
    endpoint = locked_endpoint(endpoint_id)
    if endpoint.status == EndpointStatus.ENABLED:
        return endpoint
    # What was given up when it was switched off had been waiting since before.
    off_since = (endpoint.failing_since or endpoint.disabled_at or now) - DISABLE_AFTER
    switch_on(endpoint, by=by, now=now)
    begin_replay(endpoint, since=max(off_since, now - LONGEST_REPLAY), until=now, only_missed=True, by=by, now=now)
    return endpoint
