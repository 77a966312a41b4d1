"""The step that two verbs share: a span of time is to be told again, and the relay begins to queue it.

The caller holds the endpoint's lock and has checked the span. Refuses: ReplayRunning.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from common.ids import new_id
from events import services as events
from webhooks.errors import ReplayRunning
from webhooks.models import WebhookEndpoint, WebhookReplay


@transaction_required
def begin_replay(  # noqa: PLR0913 (each is a fact of the wish, and all but the endpoint are named)
    endpoint: WebhookEndpoint, *, since: datetime, until: datetime, only_missed: bool, by: Actor, now: datetime
) -> WebhookReplay:
    if WebhookReplay.objects.filter(endpoint=endpoint, done_at=None).exists():
        raise ReplayRunning
    replay = WebhookReplay.objects.create(
        id=new_id("rpl"),
        endpoint=endpoint,
        since=since,
        until=until,
        only_missed=only_missed,
        asked_by=by.ref,
        asked_at=now,
    )
    events.write_audit(
        "webhook_endpoint.range_redelivered",
        subject=endpoint.id,
        by=by,
        at=now,
        data={"since": since.isoformat(), "until": until.isoformat(), "only_missed": only_missed},
    )
    events.wake_relay()
    return replay
