from webhooks.models.endpoint import WebhookEndpoint
from webhooks.models.replay import WebhookReplay
from webhooks.models.telling import Delivery, WebhookTelling

__all__ = ["Delivery", "WebhookEndpoint", "WebhookReplay", "WebhookTelling"]
