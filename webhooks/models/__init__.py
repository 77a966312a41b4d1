from webhooks.models.endpoint import WebhookEndpoint
from webhooks.models.telling import Delivery, WebhookTelling

__all__ = ["Delivery", "WebhookEndpoint", "WebhookTelling"]
