"""The process that tells: two of them at once, stopped by a signal, without Redis."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from common.db import transaction
from events import registry
from events.gateways.bell import Bell, bell
from events.models import EventTelling, HeardEvent
from tests.cast import NOON

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def relay_process():
    facts = connection.get_connection_params()
    url = f"postgresql://{facts['user']}@/{facts['dbname']}?host={facts['host']}"
    command = [sys.executable, settings.BASE_DIR / "manage.py", "relay", "--skip-checks"]
    process = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(true, *, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_two_relays_tell_everything_once_and_stop_when_asked(happened):
    """The handlers of the real rooms hear an event of no known type: only those that hear everything listen."""
    with relay_process() as one, relay_process() as two:
        assert {process.stdout.readline() for process in (one, two)} == {"The relay is at work.\n"}
        for number in range(60):
            happened("story.told", subject=f"story_{number}", owner="")
        wait_until(lambda: not EventTelling.objects.filter(told_at=None).exists())
        for process in (one, two):
            process.send_signal(signal.SIGTERM)
        assert (one.wait(timeout=30), two.wait(timeout=30)) == (0, 0)
    everybody = len(registry.handlers_of("story.told"))
    assert HeardEvent.objects.count() == 60 * everybody
    assert set(EventTelling.objects.values_list("attempts", flat=True)) == {1}


def test_once_does_what_is_due_and_ends(happened, hears, monkeypatch):
    heard, pumped = [], [3, 0, 0]
    hears({"*": [listener_of(heard)]})
    monkeypatch.setattr("events.management.commands.relay.all_pumps", lambda: [lambda _now: pumped.pop(0)])
    event = happened()
    call_command("relay", "--once")
    assert (heard, pumped) == ([event.id], [0])


def listener_of(heard):
    def listen(event, *, now):
        heard.append(event.id)

    return listen


class TestTheBell:
    def test_is_rung_once_for_a_commit_and_never_for_a_rollback(self, happened, monkeypatch):
        rings = []
        monkeypatch.setattr(bell(), "ring", lambda: rings.append(1))

        @transaction
        def much_happened():
            for _ in range(5):
                happened()

        @transaction
        def nothing_after_all():
            happened()
            raise RuntimeError("no")

        much_happened()
        with pytest.raises(RuntimeError):
            nothing_after_all()
        assert rings == [1]

    def test_costs_nothing_while_redis_is_away(self, tmp_path, caplog):
        broken = Bell(f"unix://{tmp_path}/nobody.sock")
        began = time.monotonic()
        for _ in range(1_000):
            broken.ring()
        assert time.monotonic() - began < 1
        assert caplog.text.count("Redis does not answer") == 1


def test_the_clock_of_the_suite_is_not_the_relays(happened):
    """An event is due at once, whatever instant it carries: a sandbox's clock may have been set forward."""
    happened("story.told", owner="", at=NOON.replace(year=2099))
    call_command("relay", "--once")
    assert EventTelling.objects.get().told_at
