"""Questions about what happened and what was done."""

from collections.abc import Collection
from datetime import datetime

from events.errors import EventNotFound
from events.models import AuditRecord, Event, EventTelling


def event_of(owner_ref: str, event_id: str) -> Event:
    """Refuses EventNotFound for somebody else's as for none."""
    event = Event.objects.filter(owner_ref=owner_ref, pk=event_id).first() if owner_ref else None
    if event is None:
        raise EventNotFound
    return event


def events_of(  # noqa: PLR0913 (each is a filter of the event log)
    owner_ref: str,
    *,
    types: Collection[str] = (),
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    starting_after: str = "",
    ending_before: str = "",
    limit: int = 20,
) -> list[Event]:
    """At most `limit` events of this owner, newest first; `[since, until)`. The cursors are ids of events: older than
    `starting_after`, or the ones just newer than `ending_before`.
    """
    if not owner_ref:
        return []
    events = Event.objects.filter(owner_ref=owner_ref)
    if types:
        events = events.filter(type__in=types)
    if subject:
        events = events.filter(subject=subject)
    if since:
        events = events.filter(occurred_at__gte=since)
    if until:
        events = events.filter(occurred_at__lt=until)
    if starting_after:
        events = events.filter(pk__lt=starting_after)
    if ending_before:
        return list(events.filter(pk__gt=ending_before).order_by("pk")[:limit])[::-1]
    return list(events.order_by("-pk")[:limit])


def latest_events(kind: str, *, since: datetime, limit: int = 50) -> list[Event]:
    """Events of one type, whoever owns them, newest first: for the house's own people."""
    return list(Event.objects.filter(type=kind, occurred_at__gte=since).order_by("-pk")[:limit])


def audit_about(subject: str, *, limit: int = 50) -> list[AuditRecord]:
    """What was done about this subject, newest first."""
    return list(AuditRecord.objects.filter(subject=subject).order_by("-id")[:limit])


def relay_lag_seconds(*, now: datetime) -> float:
    """How long the oldest event has been waiting to be told; nothing when all were."""
    oldest = EventTelling.objects.filter(told_at=None).order_by("event").values_list("event__occurred_at").first()
    return max(0.0, (now - oldest[0]).total_seconds()) if oldest else 0.0
