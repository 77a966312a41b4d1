"""Stop listening at an address for good. What was told there stays readable. Refuses: EndpointNotFound."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from webhooks.models import WebhookTelling
from webhooks.services._locked import locked_endpoint
from webhooks.states import EndpointStatus, TellingStatus


@transaction
def delete_endpoint(*, endpoint_id: str, by: Actor, now: datetime) -> None:
    endpoint = locked_endpoint(endpoint_id)
    endpoint.status, endpoint.removed_at = EndpointStatus.DISABLED, now
    # Nobody signs with these again, so nobody keeps them.
    endpoint.sealed_secret = endpoint.sealed_earlier_secret = endpoint.sealed_private_key = ""
    endpoint.save()
    waiting = WebhookTelling.objects.filter(endpoint=endpoint, status=TellingStatus.DUE)
    waiting.update(status=TellingStatus.GIVEN_UP)
    events.write_audit("webhook_endpoint.deleted", subject=endpoint.id, by=by, at=now)
