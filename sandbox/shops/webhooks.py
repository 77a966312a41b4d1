"""Is this webhook really from the commerce? Standard Webhooks 1.0.0, by its reference library, less its traps."""

import json
from collections.abc import Mapping
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


class NotFromTheCommerce(ValueError):
    """The signature, the time or the shape is wrong. Nothing in it may be believed."""


def read_webhook(secret: str, *, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The verified event. Refuses (NotFromTheCommerce) everything else, never with another exception.

    The library takes "1614265330.9" for a timestamp, and lets a list entry without a comma, bad base64 and a body that
    is no UTF-8 escape as errors of their own; all of them are refusals here.
    """
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    said = {name: headers.get(name, "") for name in names}
    if not (said["webhook-timestamp"].isascii() and said["webhook-timestamp"].isdigit()):
        raise NotFromTheCommerce("timestamp")
    # Ours is signed twice: v1 with the shared secret, which the library knows, and v1a, which it trips over or skips.
    shared = [part for part in said["webhook-signature"].split(" ") if part.startswith("v1,")]
    try:
        Webhook(secret).verify(body, {**said, "webhook-signature": " ".join(shared)})
        event = json.loads(body)
    except (WebhookVerificationError, ValueError):
        raise NotFromTheCommerce("signature") from None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str) or not isinstance(event.get("data"), dict):
        raise NotFromTheCommerce("shape")
    return event
