"""What every template may read."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.queries import wallet_frozen_at


def page(request: HttpRequest) -> dict[str, Any]:
    """`commerce` is who runs this house, `sandbox` whether it plays, `request_id` what support can find.

    `wallet_frozen_at` asks the database when a page reads it: since when the customer's wallet stands still.
    """
    return {
        "commerce": settings.COMMERCE,
        "sandbox": settings.SANDBOX,
        "request_id": getattr(request, "request_id", ""),
        "wallet_frozen_at": lambda: wallet_frozen_at(request.customer) if hasattr(request, "customer") else None,
    }
