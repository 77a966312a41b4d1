"""The objects of the API, member by member, as JSON Schemas: what `api.shapes` answers with, and what webhooks carry.

Every member is always there, and the suite holds every answer against these schemas with no other member allowed. What
is published allows more: a later version of ours may add a member, and a client that refused it would break.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects import disputes, grants, merchants, payments, points, sandbox, webhooks
from api.objects.schema import an_id, members, said, text

PROBLEM: Final = members(
    {
        "type": {"type": "string", "format": "uri"},
        "title": said(text(200), _("What sort of no it is, in the reader’s language.")),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": said({"type": "string"}, _("What happened and what to do, in the reader’s language.")),
        "code": said(text(64), _("For programs. It never changes.")),
        "request_id": said(an_id("req"), _("Quote it to support.")),
        "errors": {
            "type": "array",
            "items": members({"field": text(200), "code": text(64), "message": {"type": "string"}}),
        },
    },
    _("Every no, as RFC 9457 problem details."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    **payments.SCHEMAS,
    **disputes.SCHEMAS,
    **grants.SCHEMAS,
    **points.SCHEMAS,
    **merchants.SCHEMAS,
    **webhooks.SCHEMAS,
    **sandbox.SCHEMAS,
    "Problem": PROBLEM,
}
"""By the name of the component."""
