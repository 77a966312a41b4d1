"""The refusals of this room.

Refusal
├── EndpointNotFound     not there, or another merchant's
├── TooManyEndpoints
└── NothingListens       redeliver, when no enabled endpoint wants this event
"""

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal


class EndpointNotFound(Refusal):
    code, kind = "webhook_endpoint_not_found", Kind.NOT_FOUND
    message = _("There is no such webhook endpoint.")


class TooManyEndpoints(Refusal):
    code, kind = "too_many_webhook_endpoints", Kind.RULE
    message = _("At most {most} webhook endpoints are possible.")


class NothingListens(Refusal):
    code, kind = "nothing_listens", Kind.RULE
    message = _("No enabled webhook endpoint wants events of this type.")
