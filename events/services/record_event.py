"""Write down a fact that happened, in the commit that made it true. The relay tells it later, at least once.

`data` is what the owner (a merchant) may see: the thin public snapshot, the very bytes of webhooks and of the event
log. `facts` is for our own handlers and never leaves the house. Both hold JSON-safe values only: ids, whole numbers,
texts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from common.actors import Actor
from common.db import transaction_required
from common.ids import new_id, read_id
from events.models import Event
from events.services.wake_relay import wake_relay

# One statement for both rows: this stands in every commit of the hot path.
_WRITE = """
WITH event AS (
    INSERT INTO events_event (id, type, subject, owner_ref, data, facts, by, version, occurred_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
)
INSERT INTO events_eventtelling (event_id, attempts, last_error) SELECT id, 0, '' FROM event
"""


@transaction_required
def record_event(  # noqa: PLR0913 (an event is this many facts)
    type: str,  # noqa: A002 (it is what the column, the API and the webhooks call it)
    *,
    subject: str,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any],
    owner_ref: str = "",
    facts: Mapping[str, Any] | None = None,
    version: int = 1,
) -> Event:
    event = Event(
        id=new_id("evt"),
        type=type,
        subject=subject,
        owner_ref=owner_ref,
        data=dict(data),
        facts=dict(facts or {}),
        by=by.ref,
        version=version,
        occurred_at=at,
    )
    row: list[Any] = [
        read_id(event.id, prefix="evt"),
        type,
        subject,
        owner_ref,
        Jsonb(event.data),
        Jsonb(event.facts),
        by.ref,
        version,
        at,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, row)
    event._state.adding = False  # noqa: SLF001 (the row is written, though not by save())
    wake_relay()
    return event
