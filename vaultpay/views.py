"""Two questions that a machine asks: are you alive, and are you ready?"""

from collections.abc import Callable
from typing import Any, Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from common import clock
from events.queries import relay_lag_seconds
from vault import services as vault
from vaultpay.celery import app

_SLOWEST_RELAY_SECONDS: Final = 60
_WORKER_SECONDS: Final = 2.0

Part = dict[str, Any]


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether this process answers; nothing is said of the others."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Each part that a payment needs, by name. 503 as long as one of them is missing."""
    bell = _redis()
    parts = {
        "database": _database(),
        "redis": bell,
        **_safe_and_network(),
        "relay": _relay(),
        # Workers are asked through Redis: without it the question itself would wait.
        "worker": _worker() if bell["ready"] else {"ready": False},
    }
    ready = all(part["ready"] for part in parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


def _asked(question: Callable[[], Part], *bad: type[Exception]) -> Part:
    """What is wrong is named by its kind only: the answer is public."""
    try:
        return question()
    except bad as error:
        return {"ready": False, "why": type(error).__name__}


def _database() -> Part:
    def ask() -> Part:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return {"ready": True}

    return _asked(ask, DatabaseError)


def _redis() -> Part:
    def ask() -> Part:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as server:
            return {"ready": bool(server.ping())}

    return _asked(ask, redis.RedisError)


def _safe_and_network() -> dict[str, Part]:
    health = vault.safe_health()
    return {
        "safe": {"ready": health["ok"]},
        "network": {"ready": health["network"], "links": health.get("links_signed_on", 0)},
    }


def _relay() -> Part:
    def ask() -> Part:
        lag = relay_lag_seconds(now=clock.now())
        return {"ready": lag < _SLOWEST_RELAY_SECONDS, "lag_seconds": int(lag)}

    return _asked(ask, DatabaseError)


def _worker() -> Part:
    def ask() -> Part:
        return {"ready": bool(app.control.ping(timeout=_WORKER_SECONDS, limit=1))}

    return _asked(ask, OperationalError)
