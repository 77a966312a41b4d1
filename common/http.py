"""The one client that opens addresses which others gave us, without letting them reach inside the house.

https on port 443 or 8443; the name is resolved once, the address checked and pinned (requests-hardened); no redirects,
no proxies, no credentials in the address, little is read of the answer. A sandbox may also speak to its own machine,
over plain HTTP: nothing can switch that on in a live instance.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from requests_hardened import Config, HTTPSession

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
    if not at_home and (parts.scheme != "https" or (port or 443) not in _PORTS):
        raise UnacceptableAddress
    return url


def post(url: str, *, body: bytes, headers: Mapping[str, str], total_seconds: float = TOTAL_SECONDS) -> Answered:
    """Send `body` as it is. Raises NoAnswer; refuses UnacceptableAddress."""
    checked_address(url)
    deadline = time.monotonic() + total_seconds
    try:
        with (
            _session(total_seconds) as session,
            session.post(url, data=body, headers=dict(headers), stream=True) as answer,
        ):
            return Answered(status=answer.status_code, headers=answer.headers, body=_beginning(answer, deadline))
    except requests.Timeout:
        raise NoAnswer("timeout") from None
    except requests.RequestException as error:
        raise NoAnswer(type(error).__name__) from None


def _session(total_seconds: float) -> HTTPSession:
    session = HTTPSession(
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
    return session


def _beginning(answer: requests.Response, deadline: float) -> bytes:
    read = b""
    for piece in answer.iter_content(_PIECE):
        read += piece
        if len(read) >= _MOST_BYTES:
            break
        if time.monotonic() > deadline:
            raise NoAnswer("timeout")
    return read[:_MOST_BYTES]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
