from common.db import transaction_required
from webhooks.errors import EndpointNotFound
from webhooks.models import WebhookEndpoint


@transaction_required
def locked_endpoint(endpoint_id: str) -> WebhookEndpoint:
    """The endpoint's row, locked until the transaction ends. Refuses EndpointNotFound, also for a removed one."""
    rows = WebhookEndpoint.objects.select_for_update(no_key=True)
    endpoint = rows.filter(pk=endpoint_id, removed_at=None).first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint
