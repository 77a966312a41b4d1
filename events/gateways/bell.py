"""The bell: Redis wakes the relay. Nothing is lost when it does not ring: the relay looks once a second anyway."""

import logging
import time
from functools import cache
from threading import Lock
from typing import Any, Final

import redis
from django.conf import settings

KEY: Final = "vaultpay:wake"
# A few rings are enough to be remembered while nobody listens. Written as it is sent: a commit has nothing else to say.
_RING: Final = [f"LPUSH {KEY} 1\r\nLTRIM {KEY} 0 7\r\n".encode()]
_SILENT_SECONDS: Final = 5.0
"""How long the bell is left alone after it failed, so that a lost Redis does not slow every commit."""

logger = logging.getLogger(__name__)


class Bell:
    def __init__(self, url: str) -> None:
        self._quick = redis.Redis.from_url(url, socket_connect_timeout=0.2, socket_timeout=0.2)
        self._line: Any = None
        self._lock = Lock()
        # The time-out is longer than any wait, so that only a lost server ends it.
        self._patient = redis.Redis.from_url(url, socket_connect_timeout=0.2, socket_timeout=10)
        self._silent_until = 0.0

    def ring(self) -> None:
        """Wake a relay, if one sleeps. Never fails, never waits: nothing is answered."""
        if time.monotonic() < self._silent_until:
            return
        with self._lock:
            try:
                # A line that died since the last ring is noticed by writing to it; then a new one is opened, once.
                if self._line is None or not self._rings_on(self._line):
                    self._line = self._open()
                    self._line.send_packed_command(_RING)
            except (redis.RedisError, OSError):
                self._line = None
                self._fall_silent()

    def _rings_on(self, line: Any) -> bool:
        try:
            line.send_packed_command(_RING)
        except (redis.RedisError, OSError):
            return False
        return True

    def _open(self) -> Any:
        line: Any = self._quick.connection_pool.make_connection()
        line.connect()
        line.send_command("CLIENT", "REPLY", "OFF")
        return line

    def wait(self, seconds: int) -> bool:
        """Sleep until it rings, at most this long; true if it rang. Without Redis: sleep."""
        if time.monotonic() >= self._silent_until:
            try:
                return self._patient.blpop([KEY], timeout=seconds) is not None
            except (redis.RedisError, OSError):
                self._fall_silent()
        time.sleep(seconds)
        return False

    def _fall_silent(self) -> None:
        logger.warning("Redis does not answer: the relay looks once a second until it does")
        self._silent_until = time.monotonic() + _SILENT_SECONDS


@cache
def bell() -> Bell:
    return Bell(settings.REDIS_URL)
