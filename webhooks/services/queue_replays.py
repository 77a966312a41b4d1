"""Queue the next page of each range that is to be told again, oldest events first.

Returns how many events were looked at. Several relays may do this at once: a range is walked by one of them at a time.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from common.db import transaction
from common.ids import new_id, public_id
from events.queries import events_of
from webhooks.models import WebhookReplay, WebhookTelling
from webhooks.services.queue_event import body_of
from webhooks.states import EVENT_TYPES, EndpointStatus, TellingStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.models import Event

PAGE: Final = 200
_BEFORE_ALL: Final = public_id("evt", UUID(int=0))


def queue_replays(*, now: datetime) -> int:
    waiting = WebhookReplay.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(_queue_page(replay_id, now=now) for replay_id in list(waiting))


@transaction
def _queue_page(replay_id: str, *, now: datetime) -> int:
    rows = WebhookReplay.objects.select_related("endpoint").select_for_update(skip_locked=True, of=("self",))
    replay = rows.filter(pk=replay_id, done_at=None).first()
    if replay is None:
        return 0
    endpoint = replay.endpoint
    if endpoint.status == EndpointStatus.DISABLED or endpoint.removed_at:
        replay.done_at = now
        replay.save(update_fields=["done_at"])
        return 0
    page = events_of(
        endpoint.merchant_id,
        types=endpoint.event_types or EVENT_TYPES,
        since=replay.since,
        until=replay.until,
        ending_before=replay.reached or _BEFORE_ALL,
        limit=PAGE,
    )
    oldest_first = page[::-1]
    replay.queued += _queue(replay, oldest_first, now=now)
    replay.reached = oldest_first[-1].id if oldest_first else replay.reached
    replay.done_at = now if len(page) < PAGE else None
    replay.save(update_fields=["queued", "reached", "done_at"])
    return len(page)


def _queue(replay: WebhookReplay, page: "Sequence[Event]", *, now: datetime) -> int:
    told = WebhookTelling.objects.filter(endpoint=replay.endpoint, event_id__in=[event.id for event in page])
    known = dict(told.values_list("event_id", "status"))
    wanted = {TellingStatus.GIVEN_UP} if replay.only_missed else {TellingStatus.GIVEN_UP, TellingStatus.DELIVERED}
    again = told.filter(status__in=wanted).update(status=TellingStatus.DUE, attempts=0, not_before=now, queued_at=now)
    new = [
        WebhookTelling(
            id=new_id("tel"),
            endpoint=replay.endpoint,
            event_id=event.id,
            event_type=event.type,
            body=body_of(event.as_heard(), replay.endpoint.api_version),
            api_version=replay.endpoint.api_version,
            not_before=now,
            queued_at=now,
        )
        for event in page
        if event.id not in known
    ]
    # One that happened a moment ago may be queued by its own handler at the same time: the table keeps it to one.
    WebhookTelling.objects.bulk_create(new, ignore_conflicts=True)
    return again + len(new)
