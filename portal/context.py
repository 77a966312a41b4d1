"""What every template may read."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """`commerce` is who runs this house, `sandbox` whether it plays, `request_id` what support can find."""
    return {
        "commerce": settings.COMMERCE,
        "sandbox": settings.SANDBOX,
        "request_id": getattr(request, "request_id", ""),
    }
