"""A new secret now. The one before signs along for 72 hours, so no webhook is unverifiable meanwhile.

Rolling again within that time ends the oldest at once. Refuses: EndpointNotFound.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from webhooks.secrets_at_rest import seal_secret
from webhooks.services._locked import locked_endpoint
from webhooks.signatures import new_secret
from webhooks.states import BOTH_SECRETS_FOR
from webhooks.types import EndpointSecrets


@transaction
def roll_secret(*, endpoint_id: str, by: Actor, now: datetime) -> EndpointSecrets:
    endpoint = locked_endpoint(endpoint_id)
    secret = new_secret()
    endpoint.sealed_earlier_secret, endpoint.earlier_secret_until = endpoint.sealed_secret, now + BOTH_SECRETS_FOR
    endpoint.sealed_secret = seal_secret(secret)
    endpoint.save(update_fields=["sealed_secret", "sealed_earlier_secret", "earlier_secret_until"])
    events.write_audit("webhook_endpoint.secret_rolled", subject=endpoint.id, by=by, at=now)
    return EndpointSecrets(secret=secret, public_key=endpoint.public_key)
