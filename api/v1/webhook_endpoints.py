"""Webhook endpoints: where a merchant's server listens."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.fields import Choice, Flag, Input, Instant, NoInput, Url, Words
from api.pages import ListQuery, cut, list_json
from api.shapes import endpoint_json, redelivery_json
from api.views import MerchantView
from common import clock
from common.http import UnacceptableAddress
from merchants.versions import known_versions
from webhooks import services as webhooks
from webhooks.errors import EndpointDisabled, EndpointNotFound, NoSuchSpan, ReplayRunning, TooManyEndpoints
from webhooks.queries import endpoint_of_merchant, endpoints_of_merchant
from webhooks.states import EVENT_TYPES, EndpointStatus

READ, WRITE = "webhooks:read", "webhooks:write"


class NewEndpointInput(Input):
    url = Url(help_text=_("https on port 443 or 8443; in a sandbox also this machine."))
    event_types = Words(
        EVENT_TYPES,
        required=False,
        default=list,
        help_text=_("What it hears; empty means everything, later kinds too."),
    )


class ChangedEndpointInput(Input):
    url = Url(required=False)
    event_types = Words(EVENT_TYPES, required=False)
    status = Choice([str(word) for word in EndpointStatus], required=False)
    api_version = Choice(known_versions(), required=False, help_text=_("The version in which its events are told."))


class RedeliveryInput(Input):
    since = Instant(help_text=_("The first instant of the range."))
    until = Instant(help_text=_("The first instant that no longer belongs to it; at most 31 days later."))
    only_missed = Flag(required=False, default=True, help_text=_("Only events that this endpoint never took."))


ENDPOINTS = ListQuery(prefix="whe")


class WebhookEndpoints(MerchantView):
    """GET and POST /v1/webhook_endpoints."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("List webhook endpoints"), answer="WebhookEndpointList", query=ENDPOINTS)
    def get(self, request: MerchantRequest) -> Response:
        asked = ENDPOINTS.read(request)
        found = endpoints_of_merchant(
            request.merchant.id,
            starting_after=asked.starting_after,
            ending_before=asked.ending_before,
            limit=asked.limit + 1,
        )
        rows, has_more = cut(found, asked)
        return Response(list_json(request, asked, rows, endpoint_json, has_more=has_more))

    @described(
        _("Register a webhook endpoint"),
        about=_("The only answer that shows its signing secret."),
        body=NewEndpointInput,
        answer="WebhookEndpointWithSecrets",
        status=status.HTTP_201_CREATED,
        refuses=(UnacceptableAddress, TooManyEndpoints),
        example={"url": "https://shop.example/webhooks", "event_types": ["payment.captured"]},
    )
    def post(self, request: MerchantRequest) -> Response:
        """The only answer that shows the signing secret and the public key."""
        asked = NewEndpointInput.read(request)
        endpoint, secrets = webhooks.register_endpoint(
            merchant_id=request.merchant.id,
            url=asked["url"],
            event_types=asked["event_types"],
            api_version=request.spoken,
            by=request.actor,
            now=clock.now(),
        )
        body = {**endpoint_json(endpoint), "secret": secrets.secret, "public_key": secrets.public_key}
        return Response(body, status=status.HTTP_201_CREATED)


class OneWebhookEndpoint(MerchantView):
    """GET, PATCH and DELETE /v1/webhook_endpoints/{id}."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("Look at a webhook endpoint"), answer="WebhookEndpoint", refuses=(EndpointNotFound,))
    def get(self, request: MerchantRequest, endpoint_id: str) -> Response:
        return Response(endpoint_json(endpoint_of_merchant(request.merchant.id, endpoint_id)))

    @described(
        _("Change a webhook endpoint"),
        about=_("What is left out stays as it is."),
        body=ChangedEndpointInput,
        answer="WebhookEndpoint",
        refuses=(EndpointNotFound, UnacceptableAddress),
        example={"event_types": ["payment.captured", "refund.succeeded"]},
    )
    def patch(self, request: MerchantRequest, endpoint_id: str) -> Response:
        asked = ChangedEndpointInput.read(request)
        endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
        changed = webhooks.update_endpoint(
            endpoint_id=endpoint.id,
            url=asked.get("url"),
            event_types=asked.get("event_types"),
            status=asked.get("status"),
            api_version=asked.get("api_version"),
            by=request.actor,
            now=clock.now(),
        )
        return Response(endpoint_json(changed))

    @described(_("Remove a webhook endpoint"), answer="Deleted", refuses=(EndpointNotFound,))
    def delete(self, request: MerchantRequest, endpoint_id: str) -> Response:
        endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
        webhooks.delete_endpoint(endpoint_id=endpoint.id, by=request.actor, now=clock.now())
        return Response({"id": endpoint.id, "object": "webhook_endpoint", "deleted": True})


class RollSecret(MerchantView):
    """POST /v1/webhook_endpoints/{id}/roll_secret: a new secret now; the old one signs along for 72 hours."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Roll the signing secret"),
        about=_("A new secret now; the old one signs along for 72 hours."),
        body=NoInput,
        answer="WebhookEndpointWithSecrets",
        refuses=(EndpointNotFound,),
    )
    def post(self, request: MerchantRequest, endpoint_id: str) -> Response:
        NoInput.read(request)
        endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
        secrets = webhooks.roll_secret(endpoint_id=endpoint.id, by=request.actor, now=clock.now())
        return Response({**endpoint_json(endpoint), "secret": secrets.secret, "public_key": secrets.public_key})


class RedeliverRange(MerchantView):
    """POST /v1/webhook_endpoints/{id}/redeliver: tell one endpoint again what happened in a span of time."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Tell a range of time again"),
        about=_("Oldest events first, with the same ids and the same bytes; queued in the background."),
        body=RedeliveryInput,
        answer="WebhookRedelivery",
        status=status.HTTP_202_ACCEPTED,
        refuses=(EndpointNotFound, EndpointDisabled, NoSuchSpan, ReplayRunning),
        example={"since": "2026-11-21T00:00:00+09:00", "until": "2026-11-22T00:00:00+09:00"},
    )
    def post(self, request: MerchantRequest, endpoint_id: str) -> Response:
        asked = RedeliveryInput.read(request)
        endpoint = endpoint_of_merchant(request.merchant.id, endpoint_id)
        replay = webhooks.redeliver_range(
            endpoint_id=endpoint.id,
            since=asked["since"],
            until=asked["until"],
            only_missed=asked["only_missed"],
            by=request.actor,
            now=clock.now(),
        )
        return Response(redelivery_json(replay), status=status.HTTP_202_ACCEPTED)
