"""The one client that opens addresses which others gave us, without letting them reach inside the house.

https on port 443 or 8443; the name is resolved once, the address checked and pinned (requests-hardened); no redirects,
no proxies, no credentials in the address, little is read of the answer. A sandbox may also speak to its own machine,
over plain HTTP: nothing can switch that on in a live instance.
"""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Timer
from typing import Any, Final
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


def post(url: str, *, body: bytes, headers: Mapping[str, str], total_seconds: float = TOTAL_SECONDS) -> Answered:
    """Send `body` as it is. Raises NoAnswer; refuses UnacceptableAddress."""
    checked_address(url)
    deadline = time.monotonic() + total_seconds
    try:
        with (
            _hung_up_at(deadline) as watch,
            _session(total_seconds, watch) as session,
            session.post(url, data=body, headers=dict(headers), stream=True) as answer,
        ):
            return Answered(status=answer.status_code, headers=answer.headers, body=_beginning(answer, deadline))
    except requests.Timeout:
        raise NoAnswer("timeout") from None
    except (OSError, HTTPError, ValueError) as error:
        # Whatever a stranger's bytes make the libraries say. Those that were cut off at the deadline say many things.
        raise NoAnswer("timeout" if time.monotonic() >= deadline else type(error).__name__) from None


_Watch = Callable[[socket.socket], None]


@contextmanager
def _hung_up_at(deadline: float) -> Iterator[_Watch]:
    """Cut off then, whatever still drips in: the time-out of a socket begins anew with every byte."""
    lines: list[socket.socket] = []

    def hang_up() -> None:
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def watch(line: socket.socket) -> None:
        # A handle of our own: TLS takes the first one away.
        lines.append(line.dup())
        if time.monotonic() >= deadline:
            hang_up()

    timer = Timer(max(0.0, deadline - time.monotonic()), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()
        for line in lines:
            line.close()


class _Session(HTTPSession):  # type: ignore[misc]  # the library carries no types
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Nowhere. To learn where it leads the library would read the whole body, however long that is."""
        return None


def _session(total_seconds: float, watch: _Watch) -> HTTPSession:
    session = _Session(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=settings.SANDBOX,
            never_redirect=True,
            default_timeout=(min(_CONNECT_SECONDS, total_seconds), total_seconds),
            user_agent_override="VaultPay",
        )
    )
    # A proxy from the environment would resolve the name again, behind the check.
    session.trust_env = False
    for adapter in session.adapters.values():
        adapter.poolmanager.pool_classes_by_scheme = _watched_pools(watch)
    return session


def _watched_pools(watch: _Watch) -> dict[str, type[Any]]:
    """Connections that are watched from their first moment, before TLS says a word."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            line = super()._new_conn()
            watch(line)
            return line

    class Tls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            line = super()._new_conn()
            watch(line)
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
