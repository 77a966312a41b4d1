"""The one thing that anybody may ask of the vault without the safe: the public keys of receipts."""

from typing import Any

from vault.models import PublishedKey


def published_keys() -> dict[str, Any]:
    """The JWKS: every key that signed a receipt here or is about to, the newest first."""
    keys = PublishedKey.objects.order_by("-published_at", "kid").values_list("jwk", flat=True)
    return {"keys": [dict(key) for key in keys]}
