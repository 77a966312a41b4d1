"""Events: what happened, for whoever missed the webhook."""

from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.pages import cut, list_json, read_choice, read_page
from api.shapes import event_json
from api.v1.payments import NoInput
from api.views import MerchantView
from common import clock
from events.queries import event_of, events_of
from webhooks import services as webhooks
from webhooks.states import EVENT_TYPES

READ, WRITE = "payments:read", "webhooks:write"


class Events(MerchantView):
    """GET /v1/events."""

    permission_classes = (needs_scope(read=READ),)

    def get(self, request: MerchantRequest) -> Response:
        asked = read_page(request, prefix="evt", filters=("type", "subject"))
        kind = read_choice(request, "type", EVENT_TYPES)
        found = events_of(
            request.merchant.id,
            types=(kind,) if kind else EVENT_TYPES,
            subject=request.query_params.get("subject", ""),
            starting_after=asked.starting_after,
            ending_before=asked.ending_before,
            limit=asked.limit + 1,
        )
        rows, has_more = cut(found, asked)
        return Response(list_json(request, asked, rows, event_json, has_more=has_more))


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
        webhooks.redeliver_event(merchant_id=request.merchant.id, event_id=event_id, by=request.actor, now=clock.now())
        return Response(event_json(event_of(request.merchant.id, event_id)), status=status.HTTP_202_ACCEPTED)
