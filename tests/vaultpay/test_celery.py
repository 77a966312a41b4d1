"""What is due is in the database; beat only says when to look."""

import pytest

from vaultpay.celery import app, collect_tasks


@pytest.fixture(autouse=True)
def collected() -> None:
    collect_tasks()


def test_beat_wakes_only_tasks_that_exist() -> None:
    assert app.conf.beat_schedule
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name


def test_every_room_with_tasks_is_collected() -> None:
    assert {"payments.janitor", "events.seal_audit", "points.activate"} <= set(app.tasks)


def test_a_task_survives_the_worker_that_ran_it() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_redis_waits_longer_than_any_task_runs() -> None:
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_nothing_but_json_is_understood() -> None:
    assert app.conf.accept_content == ["json"]
