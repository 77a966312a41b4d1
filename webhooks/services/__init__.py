"""The door of the webhooks room."""

from webhooks.services.delete_endpoint import delete_endpoint
from webhooks.services.deliver_due import deliver_due
from webhooks.services.queue_event import queue_event
from webhooks.services.queue_replays import queue_replays
from webhooks.services.redeliver_event import redeliver_event
from webhooks.services.redeliver_range import redeliver_range
from webhooks.services.register_endpoint import register_endpoint
from webhooks.services.resume_endpoint import resume_endpoint
from webhooks.services.roll_secret import roll_secret
from webhooks.services.update_endpoint import update_endpoint

__all__ = [
    "delete_endpoint",
    "deliver_due",
    "queue_event",
    "queue_replays",
    "redeliver_event",
    "redeliver_range",
    "register_endpoint",
    "resume_endpoint",
    "roll_secret",
    "update_endpoint",
]
