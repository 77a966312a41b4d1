"""What the sign-in pages need beside the components."""

import json
from typing import Any, Final

from django import template

register: Final = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """Options for the browser's passkey calls, to stand in a `data-` attribute; the template escapes them."""
    return json.dumps(value, default=dict)
