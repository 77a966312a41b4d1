"""How often one merchant's servers may ask: so many requests in ten seconds, over all processes together.

Each process counts by itself and tells Redis every few requests, which adds up: that costs next to nothing per request.
Redis only sharpens the limit. While it is away, or after it lost its counters, every process still holds the merchant
to the whole limit by its own count: nobody is ever unlimited, and nobody is refused because a counter is missing.
"""

import logging
import time
from dataclasses import dataclass
from typing import Final

import redis
from django.conf import settings

from api.errors import TooManyRequests

log = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 10
TELL_EVERY: Final = 20
"""Requests of one merchant that a process answers before it compares its count with the others."""
_AWAY_SECONDS: Final = 5.0
_MOST_COUNTED: Final = 10_000

_redis: redis.Redis | None = None
_away_until = 0.0


@dataclass(slots=True)
class _Count:
    window: int
    mine: int = 0
    told: int = 0
    others: int = 0
    """What the other processes had counted when we last asked; within a window it never gets less."""


_counts: dict[str, _Count] = {}


def count_request(merchant_id: str) -> None:
    """Refuses TooManyRequests above the limit, until the window of ten seconds is over."""
    most = settings.API_REQUESTS_PER_WINDOW
    if not most:
        return
    window, passed = divmod(int(time.time()), WINDOW_SECONDS)
    count = _counts.get(merchant_id)
    if count is None or count.window != window:
        if len(_counts) >= _MOST_COUNTED:
            _counts.clear()
        count = _counts[merchant_id] = _Count(window)
    count.mine += 1
    if count.mine - count.told >= TELL_EVERY:
        _compare(merchant_id, count)
    if count.mine + count.others > most:
        raise TooManyRequests(most=most, seconds=WINDOW_SECONDS, retry_after_seconds=WINDOW_SECONDS - passed)


def _compare(merchant_id: str, count: _Count) -> None:
    """Tell Redis what is new here, and hear what all have counted. Without Redis our own count stands alone."""
    global _redis, _away_until  # noqa: PLW0603 (one connection per process)
    if time.monotonic() < _away_until:
        return
    try:
        if _redis is None:
            _redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.1, socket_connect_timeout=0.1)
        key = f"vaultpay:asked:{merchant_id}:{count.window}"
        new = count.mine - count.told
        with _redis.pipeline(transaction=False) as pipe:
            pipe.incrby(key, new)
            pipe.expire(key, 2 * WINDOW_SECONDS)
            total = int(pipe.execute()[0])
    except (redis.RedisError, OSError):
        log.warning("Redis is away: each process counts requests by itself")
        _away_until = time.monotonic() + _AWAY_SECONDS
        return
    count.told += new
    count.others = max(count.others, total - count.told)
