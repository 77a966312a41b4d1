"""Tell one endpoint again what happened in a span of time: all of it, or only what did not arrive.

What is asked for is a row; the relay queues it page by page (`queue_replays`), so a long span blocks nobody and a kill
loses nothing. The bytes of an event are always the same.

Refuses: EndpointNotFound, EndpointDisabled, NoSuchSpan, ReplayRunning.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from webhooks.errors import EndpointDisabled, NoSuchSpan
from webhooks.models import WebhookReplay
from webhooks.services._locked import locked_endpoint
from webhooks.services._replay import begin_replay
from webhooks.states import LONGEST_REPLAY, EndpointStatus


@transaction
def redeliver_range(  # noqa: PLR0913 (each is a fact of the wish, and all are named)
    *, endpoint_id: str, since: datetime, until: datetime, only_missed: bool, by: Actor, now: datetime
) -> WebhookReplay:
    endpoint = locked_endpoint(endpoint_id)
    if endpoint.status == EndpointStatus.DISABLED:
        raise EndpointDisabled
    if not (since < until and since < now and until - since <= LONGEST_REPLAY):
        raise NoSuchSpan(days=LONGEST_REPLAY.days)
    return begin_replay(endpoint, since=since, until=min(until, now), only_missed=only_missed, by=by, now=now)
