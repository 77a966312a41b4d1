"""What only a sandbox has."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects.schema import members

CLOCK: Final = members(
    {
        "object": {"const": "clock"},
        "offset_seconds": {"type": "integer", "minimum": 0},
        "now": {"type": "string", "format": "date-time"},
    },
    _("The clock of a sandbox."),
)

NETWORK_FAULTS: Final = members(
    {
        "object": {"const": "network_faults"},
        "links": {"type": "integer", "minimum": 0},
        "silence_seconds": {"type": "number", "minimum": 0},
        "refuse_links_seconds": {"type": "number", "minimum": 0},
        "heal": {"type": "boolean"},
    },
    _("How a sandbox’s card network misbehaves now: signed-on links, and for how long it stays silent or takes none."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Clock": CLOCK,
    "NetworkFaults": NETWORK_FAULTS,
}
