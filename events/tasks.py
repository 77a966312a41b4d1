from typing import Final

from celery import shared_task

from common import clock
from events import services as events

SCHEDULE: Final = {
    "events.seal_audit": {"task": "events.seal_audit", "schedule": 10.0},
    "events.prune_keys": {"task": "events.prune_keys", "schedule": 3600.0},
}


@shared_task(name="events.seal_audit")
def seal_audit(**_: object) -> None:
    """Until all is sealed: what is left is sealed by the next run."""
    while events.seal_audit(now=clock.now()):
        pass


@shared_task(name="events.prune_keys")
def prune_keys(**_: object) -> None:
    while events.prune_keys(now=clock.now()):
        pass
