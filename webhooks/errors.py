"""The refusals of this room.

Refusal
├── EndpointNotFound     not there, or another merchant's
├── DeliveryNotFound     not there, or another endpoint's
├── TooManyEndpoints
├── NothingListens       redeliver, when no enabled endpoint wants this event
├── EndpointDisabled     redeliver a range to an endpoint that is switched off
├── NoSuchSpan           the range is empty, too long, or lies in the future
└── ReplayRunning        an earlier range is not queued completely yet
"""

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal


class EndpointNotFound(Refusal):
    code, kind = "webhook_endpoint_not_found", Kind.NOT_FOUND
    message = _("There is no such webhook endpoint.")


class DeliveryNotFound(Refusal):
    code, kind = "delivery_not_found", Kind.NOT_FOUND
    message = _("There is no such delivery.")


class TooManyEndpoints(Refusal):
    code, kind = "too_many_webhook_endpoints", Kind.RULE
    message = _("At most {most} webhook endpoints are possible.")


class NothingListens(Refusal):
    code, kind = "nothing_listens", Kind.RULE
    message = _("No enabled webhook endpoint wants events of this type.")


class EndpointDisabled(Refusal):
    code, kind = "webhook_endpoint_disabled", Kind.STATE
    message = _("This endpoint is disabled. Enable it first.")


class NoSuchSpan(Refusal):
    code, kind = "redelivery_range_not_possible", Kind.RULE
    message = _("A range begins before it ends, begins in the past, and is at most {days} days long.")


class ReplayRunning(Refusal):
    code, kind = "redelivery_in_progress", Kind.STATE
    message = _("An earlier range is still being queued for this endpoint. Please wait until it is done.")
