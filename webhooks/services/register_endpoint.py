"""A merchant begins to listen at an address.

The secret is made here and shown to the caller once; we keep it sealed. `event_types` empty means all. Refuses:
UnacceptableAddress, TooManyEndpoints.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from common.actors import Actor
from common.db import transaction
from common.http import checked_address
from common.ids import new_id
from events import services as events
from merchants.states import API_VERSION
from webhooks.errors import TooManyEndpoints
from webhooks.models import WebhookEndpoint
from webhooks.secrets_at_rest import seal_secret
from webhooks.signatures import new_private_key, new_secret, public_key_of
from webhooks.types import EndpointSecrets

MOST: Final = 16
"""Every event is told to each of them."""


@transaction
def register_endpoint(  # noqa: PLR0913 (what an endpoint is, and who and when are always named)
    *,
    merchant_id: str,
    url: str,
    event_types: Sequence[str] = (),
    api_version: str = API_VERSION,
    by: Actor,
    now: datetime,
) -> tuple[WebhookEndpoint, EndpointSecrets]:
    if WebhookEndpoint.objects.filter(merchant_id=merchant_id, removed_at=None).count() >= MOST:
        raise TooManyEndpoints(most=MOST)
    secret, private_key = new_secret(), new_private_key()
    endpoint = WebhookEndpoint.objects.create(
        id=new_id("whe"),
        merchant_id=merchant_id,
        url=checked_address(url),
        event_types=list(event_types),
        api_version=api_version,
        sealed_secret=seal_secret(secret),
        sealed_private_key=seal_secret(private_key),
        public_key=public_key_of(private_key),
        created_at=now,
    )
    events.write_audit("webhook_endpoint.registered", subject=endpoint.id, by=by, at=now, data={"url": endpoint.url})
    return endpoint, EndpointSecrets(secret=secret, public_key=endpoint.public_key)
