"""Events, and where they are told."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects.schema import INSTANT, LIVEMODE, MADE, an_id, members, or_null, page_of, ref, said, text, word
from webhooks.states import EVENT_TYPES, DisabledWhy, EndpointStatus

_ENDPOINT_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("whe"),
    "object": {"const": "webhook_endpoint"},
    "livemode": LIVEMODE,
    "url": said(text(2_000), _("Where we POST.")),
    "event_types": said(
        {"type": "array", "items": word(EVENT_TYPES), "uniqueItems": True},
        _("What it hears; empty means everything, later kinds too."),
    ),
    "status": word(EndpointStatus),
    "api_version": said(text(10), _("The version in which its events are told.")),
    "disabled_because": said(or_null(word(DisabledWhy)), _("Why it is told nothing; null while it is enabled.")),
    "failing_since": said(or_null(INSTANT), _("Its first failure since it last took something.")),
    "created_at": MADE,
}

ENDPOINT: Final = members(_ENDPOINT_MEMBERS, _("Where a merchant’s server listens."))

ENDPOINT_WITH_SECRETS: Final = members(
    {
        **_ENDPOINT_MEMBERS,
        "secret": said(
            {"type": "string", "pattern": "^whsec_[A-Za-z0-9+/=]+$"},
            _("Verifies v1 signatures. Shown in this answer only."),
        ),
        "public_key": said({"type": "string", "pattern": "^whpk_[A-Za-z0-9+/=]+$"}, _("Verifies v1a signatures.")),
    },
    _("An endpoint with what its signatures are verified with."),
)

REDELIVERY: Final = members(
    {
        "id": an_id("rpl"),
        "object": {"const": "webhook_redelivery"},
        "livemode": LIVEMODE,
        "webhook_endpoint": an_id("whe"),
        "since": INSTANT,
        "until": INSTANT,
        "only_missed": {"type": "boolean"},
        "created_at": MADE,
    },
    _("A span of time that one endpoint is told again."),
)

DELETED: Final = members({"id": an_id("whe"), "object": {"const": "webhook_endpoint"}, "deleted": {"const": True}})

DATA_OF: Final = {
    "payment": "PaymentSnapshot",
    "refund": "Refund",
    "dispute": "DisputeSnapshot",
    "fraud_report": "FraudReport",
    "grant": "GrantSnapshot",
    "campaign": "PointsCampaign",
    "points_clearing": "PointsClearing",
}
"""By the noun of an event's type, the component that its data is."""


def data_of(event_type: str) -> str:
    return DATA_OF[event_type.partition(".")[0]]


EVENT: Final = members(
    {
        "id": said(an_id("evt"), _("Also the webhook-id of its delivery.")),
        "object": {"const": "event"},
        "livemode": LIVEMODE,
        "type": word(EVENT_TYPES),
        "subject": said(text(40), _("The id of what it is about.")),
        "version": said({"type": "integer", "minimum": 1}, _("Of the event’s own form.")),
        "data": {"anyOf": [ref(name) for name in dict.fromkeys(DATA_OF.values())]},
        "created_at": said(INSTANT, _("When it happened.")),
    },
    _("Something that happened. Its data are the whole object as it was then."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "WebhookEndpoint": ENDPOINT,
    "WebhookEndpointWithSecrets": ENDPOINT_WITH_SECRETS,
    "WebhookEndpointList": page_of("WebhookEndpoint"),
    "WebhookRedelivery": REDELIVERY,
    "Deleted": DELETED,
    "Event": EVENT,
    "EventList": page_of("Event"),
}
