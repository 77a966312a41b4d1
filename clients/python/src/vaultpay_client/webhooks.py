"""Is this webhook really from the commerce? Standard Webhooks 1.0.0, signatures `v1` and `v1a`."""

import binascii
import hmac
import json
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vaultpay_client.errors import NotFromTheCommerce
from vaultpay_client.objects import Event

TOLERANCE_SECONDS: Final = 300


def verify_webhook(secret: str, *, headers: Mapping[str, str], body: bytes, now: float | None = None) -> Event:
    """The event, once its signature holds over the raw bytes. `event.id` is the same on every attempt: keep it under a
    unique index, and a repeat does nothing.

    `secret` is your `whsec_…`, or the endpoint's public key `whpk_…` if you would rather hold no secret. Raises
    NotFromTheCommerce for everything else, and nothing besides.
    """
    said = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = said.get("webhook-id", ""), said.get("webhook-timestamp", "")
    if not message_id:
        raise NotFromTheCommerce("no webhook-id")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotFromTheCommerce("timestamp")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotFromTheCommerce("too old, or from the future")
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    if not any(_holds(secret, part, signed) for part in said.get("webhook-signature", "").split(" ")):
        raise NotFromTheCommerce("signature")
    try:
        members = json.loads(body)
    except ValueError:
        raise NotFromTheCommerce("body") from None
    if (
        not isinstance(members, dict)
        or not isinstance(members.get("type"), str)
        or not isinstance(members.get("data"), dict)
    ):
        raise NotFromTheCommerce("shape")
    return Event(raw=members, id=message_id, type=members["type"], data=members["data"])


def _holds(secret: str, part: str, signed: bytes) -> bool:
    version, _, encoded = part.partition(",")
    try:
        signature, key = b64decode(encoded, validate=True), b64decode(secret.partition("_")[2], validate=True)
        if version == "v1" and secret.startswith("whsec_"):
            return hmac.compare_digest(signature, hmac.digest(key, signed, "sha256"))
        if version == "v1a" and secret.startswith("whpk_"):
            Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
            return True
    except (binascii.Error, ValueError, InvalidSignature):
        pass
    return False
