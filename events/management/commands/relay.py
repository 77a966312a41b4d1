"""The relay: tells events to their handlers and pumps every queue that speaks to the world.

Telling and each pump run in a thread of their own, so that a slow mail server or webhook delays nobody else. Each looks
when the bell rings, and once a second anyway. SIGTERM stops it: what is unfinished stays leased and is taken up again.
"""

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

from common import clock
from events import services as events
from events.gateways.bell import bell
from events.registry import Pump, all_pumps

_LOOK_SECONDS: Final = 1
_AFTER_TROUBLE_SECONDS: Final = 2
_GOODBYE_SECONDS: Final = 2

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Tell events, send mails and webhooks, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, then end.")

    def handle(self, **options: Any) -> None:
        rounds: list[Pump] = [_tell_events, *all_pumps()]
        if options["once"]:
            now = clock.now()
            while sum(pump(now) for pump in rounds):
                pass
            return
        Relay(rounds).run(when_ready=self._say_so)

    def _say_so(self) -> None:
        self.stdout.write("The relay is at work.")
        self.stdout.flush()  # Whoever waits for this line listens at a pipe, which would keep it back.


def _tell_events(now: datetime) -> int:
    return events.tell_events(now=now)


class Relay:
    def __init__(self, rounds: list[Pump]) -> None:
        self._rounds = rounds
        self._stopping = threading.Event()
        self._rang = threading.Condition()
        self._rings = 0

    def run(self, *, when_ready: Callable[[], None]) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        threads = [threading.Thread(target=self._go_round, args=[pump], daemon=True) for pump in self._rounds]
        for thread in threads:
            thread.start()
        when_ready()
        while not self._stopping.is_set():
            bell().wait(_LOOK_SECONDS)
            self._ring()
        for thread in threads:
            thread.join(_GOODBYE_SECONDS / len(threads))

    def _go_round(self, pump: Callable[[datetime], int]) -> None:
        """Until stopped: work while there is work, then wait for the bell."""
        while not self._stopping.is_set():
            seen = self._rings
            try:
                close_old_connections()
                done = pump(clock.now())
            except Exception:
                logger.exception("a round of the relay broke; the next one tries again")
                self._stopping.wait(_AFTER_TROUBLE_SECONDS)
                continue
            if done:
                # What was told may have queued work for the others.
                self._ring()
            else:
                self._wait(seen)
        connections.close_all()

    def _wait(self, seen: int) -> None:
        with self._rang:
            self._rang.wait_for(lambda: self._rings != seen or self._stopping.is_set(), timeout=_LOOK_SECONDS)

    def _ring(self) -> None:
        with self._rang:
            self._rings += 1
            self._rang.notify_all()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        # Only a flag: a signal handler may interrupt the very code that holds the lock. The bell is heard within a
        # second.
        self._stopping.set()
