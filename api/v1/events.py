"""Events: what happened, for whoever missed the webhook."""

from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.pages import list_json, read_page
from api.shapes import event_json
from api.v1.payments import NoInput
from api.views import MerchantView
from common import clock
from events.queries import event_of, events_of
from webhooks import services as webhooks

READ, WRITE = "events:read", "webhooks:write"


class Events(MerchantView):
    """GET /v1/events."""

    permission_classes = (needs_scope(read=READ),)

    def get(self, request: MerchantRequest) -> Response:
        asked = read_page(request, prefix="evt", filters=("type", "subject"))
        found = events_of(
            request.merchant.id,
            type=request.query_params.get("type"),
            subject=request.query_params.get("subject"),
            starting_after=asked.starting_after,
            ending_before=asked.ending_before,
            limit=asked.limit + 1,
        )
        return Response(list_json(request, asked, found, event_json))


class OneEvent(MerchantView):
    """GET /v1/events/{id}."""

    permission_classes = (needs_scope(read=READ),)

    def get(self, request: MerchantRequest, event_id: str) -> Response:
        return Response(event_json(event_of(request.merchant.id, event_id)))


class RedeliverEvent(MerchantView):
    """POST /v1/events/{id}/redeliver: tell every endpoint again, with the same bytes."""

    permission_classes = (needs_scope(write=WRITE),)

    def post(self, request: MerchantRequest, event_id: str) -> Response:
        NoInput.read(request)
        event = event_of(request.merchant.id, event_id)
        webhooks.redeliver_event(event_id=event.id, by=request.actor, now=clock.now())
        return Response(event_json(event), status=status.HTTP_202_ACCEPTED)
