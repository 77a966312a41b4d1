"""Tell the handlers what happened, oldest event first.

Each handler runs in a transaction of its own together with the note that it heard the event, so its effect happens
once however often the event is told. A handler that fails is asked again later, slower and slower, and stops nobody
but itself: it alone will not hear later events of the same subject before it has heard this one.

Several relays may do this at once. Returns how many events were taken up; 0 means that nothing is due.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q

from common.db import outside_transaction, transaction
from common.insert_once import insert_once
from events.models import Event, EventTelling, HeardEvent
from events.registry import Handler, handler_name, handlers_of
from events.types import Heard

_LEASE: Final = timedelta(seconds=60)
"""A relay that dies in the middle is replaced after this time."""
_AFTER_ANOTHER: Final = timedelta(seconds=2)
_SLOWEST: Final = timedelta(hours=1)

logger = logging.getLogger(__name__)

_Waiting = dict[tuple[str, str], str]
"""(handler, subject) → the id of the event that this handler must hear first."""


@outside_transaction
def tell_events(*, now: datetime, limit: int = 500) -> int:
    tellings = _take(now=now, limit=limit)
    events = Event.objects.in_bulk([telling.event_id for telling in tellings])
    waiting = _unheard_before(list(events.values()))
    told = []
    for telling in tellings:
        problem = _tell(events[telling.event_id].as_heard(), waiting=waiting, now=now)
        if problem is None:
            told.append(telling.event_id)
        else:
            _ask_again(telling, problem=problem, now=now)
    EventTelling.objects.filter(event_id__in=told, told_at=None).update(told_at=now, not_before=None, last_error="")
    return len(tellings)


@transaction
def _take(*, now: datetime, limit: int) -> list[EventTelling]:
    untold = EventTelling.objects.filter(Q(not_before=None) | Q(not_before__lte=now), told_at=None)
    tellings = list(untold.order_by("event_id").select_for_update(skip_locked=True, no_key=True)[:limit])
    taken = EventTelling.objects.filter(event_id__in=[telling.event_id for telling in tellings])
    taken.update(not_before=now + _LEASE, attempts=F("attempts") + 1)
    return tellings


def _unheard_before(events: Sequence[Event]) -> _Waiting:
    """What handlers still have to hear, of the same subjects, that is not among these events: another relay may just
    be telling it, or it waits to be tried again.
    """
    earlier = Event.objects.filter(telling__told_at=None, subject__in={event.subject for event in events})
    waiting: _Waiting = {}
    for event in earlier.exclude(pk__in=[event.pk for event in events]).order_by("-id"):
        heard = set(HeardEvent.objects.filter(event=event).values_list("handler", flat=True))
        for name in {handler_name(handler) for handler in handlers_of(event.type)} - heard:
            waiting[name, event.subject] = event.id
    return waiting


def _tell(event: Heard, *, waiting: _Waiting, now: datetime) -> Exception | str | None:
    """None when all have heard it; else why it has to be told again: an error, or the name of who waits."""
    problem: Exception | str | None = None
    for handler in handlers_of(event.type):
        name = handler_name(handler)
        if waiting.get((name, event.subject), event.id) < event.id:
            problem = problem or name
            continue
        try:
            _hear(event, handler=handler, now=now)
        except Exception as error:
            logger.exception("%s could not hear %s %s", name, event.type, event.id)
            waiting[name, event.subject] = event.id
            problem = error
    return problem


@transaction
def _hear(event: Heard, *, handler: Handler, now: datetime) -> None:
    heard = HeardEvent(event_id=event.id, handler=handler_name(handler), heard_at=now)
    if insert_once(heard):
        handler(event, now=now)


def _ask_again(telling: EventTelling, *, problem: Exception | str, now: datetime) -> None:
    if isinstance(problem, str):
        delay, note = _AFTER_ANOTHER, f"{problem} waits for an earlier event"
    else:
        delay, note = min(timedelta(seconds=2 ** min(telling.attempts, 12)), _SLOWEST), type(problem).__name__
    EventTelling.objects.filter(pk=telling.pk, told_at=None).update(not_before=now + delay, last_error=note[:200])
