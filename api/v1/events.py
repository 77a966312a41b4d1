"""Events: what happened, for whoever missed the webhook."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.fields import Choice, Instant, NoInput, Text
from api.pages import ListQuery, cut, list_json
from api.shapes import event_json
from api.views import MerchantView
from common import clock
from events.errors import EventNotFound
from events.queries import event_of, events_of
from webhooks import services as webhooks
from webhooks.errors import NothingListens
from webhooks.states import EVENT_TYPES

if TYPE_CHECKING:
    from events.models import Event

READ, WRITE = "payments:read", "webhooks:write"

EVENTS = ListQuery(
    prefix="evt",
    type=Choice(EVENT_TYPES),
    subject=Text(most=64, help_text=_("The id of what it is about.")),
    created_from=Instant(help_text=_("Happened at this instant or later.")),
    created_before=Instant(help_text=_("Happened before this instant.")),
)


class Events(MerchantView):
    """GET /v1/events."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("List events"), answer="EventList", query=EVENTS)
    def get(self, request: MerchantRequest) -> Response:
        asked = EVENTS.read(request)
        kind = asked.filters.get("type")
        found = events_of(
            request.merchant.id,
            types=(kind,) if kind else EVENT_TYPES,
            subject=asked.filters.get("subject", ""),
            since=asked.filters.get("created_from"),
            until=asked.filters.get("created_before"),
            starting_after=asked.starting_after,
            ending_before=asked.ending_before,
            limit=asked.limit + 1,
        )
        rows, has_more = cut(found, asked)
        return Response(list_json(request, asked, rows, event_json, has_more=has_more))


class OneEvent(MerchantView):
    """GET /v1/events/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("Look at an event"), answer="Event", refuses=(EventNotFound,))
    def get(self, request: MerchantRequest, event_id: str) -> Response:
        return Response(event_json(_heard_by_merchants(request, event_id)))


class RedeliverEvent(MerchantView):
    """POST /v1/events/{id}/redeliver: tell every endpoint again, with the same bytes."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Tell an event again"),
        about=_("To every enabled endpoint that wants it, with the same id and the same bytes."),
        body=NoInput,
        answer="Event",
        status=status.HTTP_202_ACCEPTED,
        refuses=(EventNotFound, NothingListens),
    )
    def post(self, request: MerchantRequest, event_id: str) -> Response:
        NoInput.read(request)
        event = _heard_by_merchants(request, event_id)
        webhooks.redeliver_event(merchant_id=request.merchant.id, event_id=event.id, by=request.actor, now=clock.now())
        return Response(event_json(event), status=status.HTTP_202_ACCEPTED)


def _heard_by_merchants(request: MerchantRequest, event_id: str) -> "Event":
    """An event of theirs that the list shows too. What happens to keys and people stays on the dashboard."""
    event = event_of(request.merchant.id, event_id)
    if event.type not in EVENT_TYPES:
        raise EventNotFound
    return event
