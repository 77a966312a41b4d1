"""HTTP with the standard library: connections that are kept, strict limits, and retries that cannot pay twice."""

import http.client
import json
import random
import ssl
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from vaultpay_client.errors import Problem, Unreachable, VaultPayError, problem_of

_LARGEST: Final = 8 * 2**20
_KEPT: Final = 16
_AGAIN: Final = {429, 500, 502, 503, 504}
_STILL_RUNNING: Final = "idempotency_key_in_progress"
_LONGEST_PAUSE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: float | None
    members: dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A body that is no JSON."""

    content: bytes = field(repr=False)
    type: str


Body = Mapping[str, Any] | File


@dataclass(slots=True)
class Wire:
    """Where the commerce is, and how patiently it is asked.

    A question that changes nothing, and one that carries an `Idempotency-Key`, is asked again by itself after a
    time-out, a lost connection, 429 and 5xx: `attempts` times in all, with growing pauses, or as long as `Retry-After`
    says. Every repeat carries the same key, so it cannot happen twice.
    """

    base_url: str
    key: str = field(repr=False)
    version: str = ""
    language: str = "en"
    timeout: float = 30.0
    attempts: int = 5
    sleep: Callable[[float], None] = time.sleep
    idle: deque[http.client.HTTPConnection] = field(default_factory=lambda: deque(maxlen=_KEPT), repr=False)
    """Open connections that nobody uses at the moment."""

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(asked)}" if asked else path, body=None, key="", may_repeat=True)

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """With an idempotency key: yours, or a fresh one."""
        key = key or f"vpc-{uuid.uuid4()}"
        return self._ask("POST", path, body=_without_none(body), key=key, may_repeat=True)

    def send(self, path: str, query: Mapping[str, Any], content: bytes, *, type: str) -> dict[str, Any]:  # noqa: A002 (HTTP's own word)
        """A file as the body itself. The same bytes are the same file there, so it may be sent again."""
        body = File(content, type)
        return self._ask("POST", f"{path}?{urlencode(query)}", body=body, key="", may_repeat=True)

    def change(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What moves no money and takes no key: asked once, over a fresh connection that cannot have gone stale."""
        return self._ask(method, path, body=None if body is None else _without_none(body), key="", may_repeat=False)

    def change_some(self, path: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """The members that are given, and null where one is None. Doing it twice changes nothing more."""
        return self._ask("PATCH", path, body=dict(members), key="", may_repeat=True)

    def look(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A question that is too long for an address."""
        return self._ask("POST", path, body=dict(body), key="", may_repeat=True)

    def _ask(self, method: str, path: str, *, body: Body | None, key: str, may_repeat: bool) -> dict[str, Any]:
        attempts = self.attempts if may_repeat else 1
        for attempt in range(1, attempts + 1):
            pause = 0.0
            last: VaultPayError
            try:
                answer = self._once(method, path, body=body, key=key, fresh=attempt > 1 or not may_repeat)
            except (OSError, http.client.HTTPException) as error:
                last = Unreachable(f"{method} {path}: {error!r}", idempotency_key=key)
            else:
                if answer.status < 300:
                    return answer.members
                problem = problem_of(answer.status, answer.members, idempotency_key=key)
                if not _is_worth_repeating(problem):
                    raise problem
                last, pause = problem, answer.retry_after or 0.0
            if attempt == attempts:
                raise last
            self.sleep(min(max(pause, _pause_after(attempt)), _LONGEST_PAUSE))
        raise AssertionError("a loop of at least one attempt returns or raises")

    def _once(self, method: str, path: str, *, body: Body | None, key: str, fresh: bool) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Accept": "application/json",
            "Accept-Language": self.language,
            "User-Agent": "vaultpay-client-python/0.1.0",
        }
        payload = None
        if isinstance(body, File):
            payload, headers["Content-Type"] = body.content, body.type
        elif body is not None:
            payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        if self.version:
            headers["VaultPay-Version"] = self.version
        connection = self._connected(fresh=fresh)
        try:
            connection.request(method, urlsplit(self.base_url).path + path, body=payload, headers=headers)
            response = connection.getresponse()
            answer = Answer(
                status=response.status,
                retry_after=_seconds(response.getheader("Retry-After")),
                members=_members(response.read(_LARGEST + 1), response.status),
            )
        except BaseException:
            connection.close()
            raise
        if response.will_close or len(self.idle) == _KEPT:
            connection.close()
        else:
            self.idle.append(connection)
        return answer

    def _connected(self, *, fresh: bool) -> http.client.HTTPConnection:
        if not fresh and self.idle:
            return self.idle.pop()
        address = urlsplit(self.base_url)
        host = address.hostname or ""
        if address.scheme == "https":
            trusted = ssl.create_default_context()
            return http.client.HTTPSConnection(host, address.port, timeout=self.timeout, context=trusted)
        return http.client.HTTPConnection(host, address.port, timeout=self.timeout)

    def close(self) -> None:
        while self.idle:
            self.idle.pop().close()


def _is_worth_repeating(problem: Problem) -> bool:
    return problem.status in _AGAIN or problem.code == _STILL_RUNNING


def _pause_after(attempt: int) -> float:
    """0.5 s, 1 s, 2 s, … with up to half as much more, so that many do not come back at once."""
    return 2.0 ** (attempt - 2) * (1 + random.random() / 2)  # noqa: S311 (jitter, not a secret)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None


def _members(raw: bytes, status: int) -> dict[str, Any]:
    if len(raw) > _LARGEST:
        raise http.client.HTTPException("the answer is too large")
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    if status < 300:
        raise http.client.HTTPException("the answer is no JSON object")
    return {}


def _without_none(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
