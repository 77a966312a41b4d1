"""Celery: Redis carries the word that something may be due; PostgreSQL says what is.

Settings follow what was measured when workers are killed: a task is acknowledged when it is done, given back when its
worker dies, and must be harmless twice. Arguments are ids, in JSON.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from celery import Celery
from celery.signals import worker_init
from django.conf import settings

from vaultpay.checks import refuse_if_unfit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaultpay.settings")

_LONGEST_TASK_SECONDS: Final = 120

app = Celery("vaultpay")
app.conf.update(
    broker_url=settings.REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host="),
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 5 * _LONGEST_TASK_SECONDS},
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=_LONGEST_TASK_SECONDS,
    task_soft_time_limit=_LONGEST_TASK_SECONDS - 10,
    accept_content=["json"],
    task_serializer="json",
    timezone="Asia/Tokyo",
    enable_utc=True,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
)


@worker_init.connect
def refuse_to_work_unfit(**_: object) -> None:
    refuse_if_unfit()


def collect_tasks() -> None:
    """Load every room's `tasks.py`, and with it what beat says when: `SCHEDULE`, in Celery's words."""
    schedule: dict[str, Any] = {}
    for room in settings.ROOMS:
        if find_spec(f"{room}.tasks") is not None:
            schedule |= getattr(import_module(f"{room}.tasks"), "SCHEDULE", {})
    app.conf.beat_schedule = schedule
