"""The one client that opens addresses which others gave us, without letting them reach inside the house.

https on port 443 or 8443; the name is resolved once, the address checked and pinned (requests-hardened); no redirects,
no proxies, no credentials in the address, little is read of the answer. A sandbox may also speak to its own machine,
over plain HTTP: nothing can switch that on in a live instance.
"""

import math
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from threading import Condition, Thread
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from requests_hardened import Config, HTTPSession
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from common.errors import Kind, Refusal

TOTAL_SECONDS: Final = 15.0
_CONNECT_SECONDS: Final = 5.0
_PORTS: Final = {443, 8443}
_MOST_BYTES: Final = 16 * 1024
_PIECE: Final = 1024


class UnacceptableAddress(Refusal):
    code, kind, field = "unacceptable_address", Kind.RULE, "url"
    message = _("Use an https address on port 443 or 8443, without user name and fragment.")


class NoAnswer(Exception):
    """Nothing that counts as an answer came: not resolved, forbidden, refused, cut, or too slow. `why` is one word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Answered:
    """`body` is at most the first 16 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def checked_address(url: str) -> str:
    """The address, if its shape is one that we open. Refuses UnacceptableAddress. What its name resolves to is looked
    at when it is opened, each time.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnacceptableAddress from None
    sound = url.isascii() and url.isprintable() and " " not in url and len(url) <= 2_000 and not parts.fragment
    if not sound or not parts.hostname or parts.username is not None or parts.password is not None:
        raise UnacceptableAddress
    at_home = settings.SANDBOX and parts.scheme in {"http", "https"} and _is_loopback(parts.hostname)
    if not at_home and (parts.scheme != "https" or (port or 443) not in _PORTS or _is_inside(parts.hostname)):
        raise UnacceptableAddress
    return url


class Caller:
    """Posts, one after the other and from one thread at a time. A line stays open for the next post to the same place.

    A name is resolved and checked before every post all the same: a kept line is used only for a post whose name
    leads to the address at its other end. Nothing that one stranger says, cookies for one, is told to another.
    """

    def __init__(self) -> None:
        self._watch = _Watch()
        self._session = _session(self._watch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._session.close()
        self._watch.end()

    def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], total_seconds: float = TOTAL_SECONDS
    ) -> Answered:
        """Send `body` as it is. Raises NoAnswer; refuses UnacceptableAddress.

        Sent twice, at most, where the other side hung up a line that was kept just when it was used again.
        """
        checked_address(url)
        deadline = time.monotonic() + total_seconds
        with self._watch.until(deadline):
            opened = self._watch.opened
            try:
                return self._ask(url, body=body, headers=headers, deadline=deadline)
            except NoAnswer as no:
                was_kept = self._watch.opened == opened
                if no.why != "ConnectionError" or not was_kept or time.monotonic() >= deadline:
                    raise
            return self._ask(url, body=body, headers=headers, deadline=deadline)

    def _ask(self, url: str, *, body: bytes, headers: Mapping[str, str], deadline: float) -> Answered:
        left = max(deadline - time.monotonic(), 0.001)
        timeout = (min(_CONNECT_SECONDS, left), left)
        try:
            with self._session.post(url, data=body, headers=dict(headers), timeout=timeout, stream=True) as answer:
                return Answered(status=answer.status_code, headers=answer.headers, body=_beginning(answer, deadline))
        except requests.Timeout:
            raise NoAnswer("timeout") from None
        except (OSError, HTTPError, ValueError) as error:
            # Whatever a stranger's bytes make the libraries say. Those cut off at the deadline say many things.
            raise NoAnswer("timeout" if time.monotonic() >= deadline else type(error).__name__) from None


def post(url: str, *, body: bytes, headers: Mapping[str, str], total_seconds: float = TOTAL_SECONDS) -> Answered:
    """One post, and the line is closed. Raises NoAnswer; refuses UnacceptableAddress."""
    with Caller() as caller:
        return caller.post(url, body=body, headers=headers, total_seconds=total_seconds)


class _Watch:
    """Hangs up at the deadline, whatever still drips in: the time-out of a socket begins anew with every byte."""

    def __init__(self) -> None:
        self.opened = 0
        self._lines: list[tuple[HTTPConnection, socket.socket]] = []
        self._turn = Condition()
        self._deadline = self._wakes = math.inf
        self._thread: Thread | None = None
        self._over = False

    def add(self, connection: HTTPConnection, line: socket.socket) -> None:
        with self._turn:
            self.opened += 1
            # A handle of our own: TLS takes the first one away.
            self._lines.append((connection, line.dup()))
            if time.monotonic() >= self._deadline:
                self._hang_up()

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        with self._turn:
            self._deadline = deadline
            if self._thread is None:
                self._thread = Thread(target=self._look, daemon=True)
                self._thread.start()
            elif deadline < self._wakes:
                self._turn.notify()
        try:
            yield
        finally:
            with self._turn:
                self._deadline = math.inf
                self._forget(lambda connection: connection.sock is None)

    def end(self) -> None:
        with self._turn:
            self._over = True
            self._turn.notify()
            self._forget(lambda _connection: True)

    def _look(self) -> None:
        with self._turn:
            while not self._over:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    self._hang_up()
                self._wakes = self._deadline if left > 0 else math.inf
                self._turn.wait(left if 0 < left < math.inf else None)

    def _hang_up(self) -> None:
        for _connection, line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _forget(self, is_over: Callable[[HTTPConnection], bool]) -> None:
        for connection, line in self._lines:
            if is_over(connection):
                line.close()
        self._lines = [pair for pair in self._lines if not is_over(pair[0])]


class _Session(HTTPSession):  # type: ignore[misc]  # the library carries no types
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Nowhere. To learn where it leads the library would read the whole body, however long that is."""
        return None


def _session(watch: _Watch) -> HTTPSession:
    session = _Session(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=settings.SANDBOX,
            never_redirect=True,
            default_timeout=(_CONNECT_SECONDS, TOTAL_SECONDS),
            user_agent_override="VaultPay",
        )
    )
    # A proxy from the environment would resolve the name again, behind the check.
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for adapter in session.adapters.values():
        adapter.poolmanager.pool_classes_by_scheme = _watched_pools(watch)
    return session


def _watched_pools(watch: _Watch) -> dict[str, type[Any]]:
    """Connections that are watched from their first moment, before TLS says a word."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            line = super()._new_conn()
            watch.add(self, line)
            return line

    class Tls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            line = super()._new_conn()
            watch.add(self, line)
            return line

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _beginning(answer: requests.Response, deadline: float) -> bytes:
    read = b""
    for piece in answer.iter_content(_PIECE):
        read += piece
        if len(read) >= _MOST_BYTES or time.monotonic() >= deadline:
            break
    if time.monotonic() >= deadline:
        raise NoAnswer("timeout")
    return read[:_MOST_BYTES]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_inside(host: str) -> bool:
    """Whether it is an address, not a name, and one that nobody outside could answer at."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False
