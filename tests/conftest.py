"""What every test may use. The run's own PostgreSQL is started by `tests.environment`."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cast import alice, bob, fly_by_night, komorebi, mallory  # noqa: F401 (fixtures for every story)

pytest_plugins = ["tests.house", "tests.vault.played"]


def pytest_configure(config: pytest.Config) -> None:
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = lambda _story: empty_the_tables()


KEPT = ("django_migrations", "django_content_type", "auth_permission")
"""Django fills these from the models; they are the same for every story."""


def empty_the_tables() -> None:
    """Between two stories every table is emptied, those too whose triggers refuse it.

    Only what was written is deleted: truncating some seventy tables takes ten times as long as the usual story.
    """
    from django.db import connection

    if connection.connection is not None and not connection.is_usable():
        connection.close()  # A story that lost its line must not take the following ones with it.
    kept = ", ".join(f"'{table}'" for table in KEPT)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SET session_replication_role = replica;
            DO $$
            DECLARE name text; written boolean;
            BEGIN
                FOR name IN
                    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ({kept})
                LOOP
                    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO written;
                    IF written THEN EXECUTE format('DELETE FROM %I', name); END IF;
                END LOOP;
            END $$;
            SET session_replication_role = origin;
            """  # noqa: S608 (names of our own)
        )


def pytest_itemcollected(item: pytest.Item) -> None:
    """A story marked `loopback` may open TCP sockets, and only to this machine."""
    if item.get_closest_marker("loopback"):
        item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))


@pytest.fixture(autouse=True)
def no_remembered_accounts() -> None:
    """The ledger remembers the ids of accounts per process; between two stories the accounts are gone."""
    from ledger.services.open_accounts import forget_accounts

    forget_accounts()


@pytest.fixture(autouse=True)
def every_event_is_as_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a story is about: what it tells merchants fits the schema of its kind in docs/events/."""
    from events import services as events
    from tests.api.described import what_is_wrong_with_event
    from webhooks import services as webhooks
    from webhooks.states import EVENT_TYPES

    record_event, queue_event = events.record_event, webhooks.queue_event

    def looked_at(kind: str, data: Any) -> None:
        if kind in EVENT_TYPES:
            wrong = what_is_wrong_with_event(kind, data)
            assert not wrong, f"{kind} is not what docs/events/{kind}.json says: {wrong}"

    def record(kind: str, **facts: Any) -> Any:
        looked_at(kind, facts["data"])
        return record_event(kind, **facts)

    def queue(event: Any, **facts: Any) -> Any:
        looked_at(event.type, event.data)
        return queue_event(event, **facts)

    monkeypatch.setattr(events, "record_event", record)
    monkeypatch.setattr(webhooks, "queue_event", queue)


def together(*hands: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each in a thread with a database connection of its own.

    Returns what each one answered, in order; an exception is an answer too.
    """
    from django.db import connections

    start = threading.Barrier(len(hands))

    def run(hand: Callable[[], Any]) -> Any:
        start.wait(timeout=10)
        try:
            return hand()
        except Exception as error:  # noqa: BLE001 (the story decides what it means)
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(hands)) as threads:
        return list(threads.map(run, hands))
