"""Questions about endpoints and what was told to them."""

from collections.abc import Iterable

from webhooks.errors import DeliveryNotFound, EndpointNotFound
from webhooks.models import WebhookEndpoint, WebhookReplay, WebhookTelling


def endpoint_of_merchant(merchant_id: str, endpoint_id: str) -> WebhookEndpoint:
    """Refuses EndpointNotFound for another merchant's as for none."""
    endpoint = WebhookEndpoint.objects.filter(merchant_id=merchant_id, pk=endpoint_id, removed_at=None).first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def endpoints_of_merchant(
    merchant_id: str, *, starting_after: str = "", ending_before: str = "", limit: int = 100
) -> list[WebhookEndpoint]:
    """At most `limit`, newest first; the cursors are ids."""
    rows = WebhookEndpoint.objects.filter(merchant_id=merchant_id, removed_at=None)
    if starting_after:
        rows = rows.filter(pk__lt=starting_after)
    if ending_before:
        return list(rows.filter(pk__gt=ending_before).order_by("pk")[:limit])[::-1]
    return list(rows.order_by("-pk")[:limit])


def tellings_of_endpoint(endpoint: WebhookEndpoint, *, limit: int = 50) -> list[WebhookTelling]:
    """The latest events for this endpoint, newest first, each with its attempts (`deliveries`, oldest first)."""
    return list(endpoint.tellings.order_by("-pk").prefetch_related("deliveries")[:limit])


def tellings_page(  # noqa: PLR0913 (each is a filter of the page)
    endpoint: WebhookEndpoint,
    *,
    status: str = "",
    event_type: str = "",
    starting_after: str = "",
    ending_before: str = "",
    limit: int = 25,
) -> list[WebhookTelling]:
    """What was told there, newest first, a page at a time; the cursors are ids."""
    rows = endpoint.tellings.prefetch_related("deliveries")
    if status:
        rows = rows.filter(status=status)
    if event_type:
        rows = rows.filter(event_type=event_type)
    if starting_after:
        rows = rows.filter(pk__lt=starting_after)
    if ending_before:
        return list(rows.filter(pk__gt=ending_before).order_by("pk")[:limit])[::-1]
    return list(rows.order_by("-pk")[:limit])


def telling_of_endpoint(endpoint: WebhookEndpoint, telling_id: str) -> WebhookTelling:
    """Refuses DeliveryNotFound."""
    telling = endpoint.tellings.prefetch_related("deliveries").filter(pk=telling_id).first()
    if telling is None:
        raise DeliveryNotFound
    return telling


def replays_of_endpoint(endpoint: WebhookEndpoint, *, limit: int = 5) -> list[WebhookReplay]:
    """The latest ranges that were asked for, newest first."""
    return list(endpoint.replays.order_by("-pk")[:limit])


def tellings_of_event(merchant_id: str, event_id: str) -> list[WebhookTelling]:
    """To whom an event of this merchant was told, with every attempt."""
    rows = WebhookTelling.objects.filter(event_id=event_id, endpoint__merchant_id=merchant_id)
    return list(rows.select_related("endpoint").prefetch_related("deliveries").order_by("pk"))


def tellings_of_events(merchant_id: str, event_ids: Iterable[str]) -> dict[str, list[WebhookTelling]]:
    """As `tellings_of_event` for several events at once, by event."""
    rows = WebhookTelling.objects.filter(event_id__in=list(event_ids), endpoint__merchant_id=merchant_id)
    found: dict[str, list[WebhookTelling]] = {}
    for telling in rows.select_related("endpoint").prefetch_related("deliveries").order_by("pk"):
        found.setdefault(telling.event_id, []).append(telling)
    return found
