"""Reading the web addresses that merchants give us: where a shop sells, and where customers return to.

An address is taken only if it has one possible reading, so that "the same address" is a comparison of two texts.
"""

import re
from dataclasses import dataclass
from typing import Final

from merchants.errors import OriginHasPath, UnacceptableUrl, UrlHasQuery, UrlNotPublic, UrlTooLong

LONGEST: Final = 500
_SHAPE: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[::1\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/(?:[A-Za-z0-9\-._~!$&'()+,;=:@/]|%[0-9A-F]{2})*)?"
    r"(?:\?(?P<query>(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*))?"
)
_HOST_NAME: Final = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class WebAddress:
    """`origin` is scheme, host and port, without a port that the scheme implies; `path` begins with a slash."""

    origin: str
    path: str
    query: str

    @property
    def without_query(self) -> str:
        return self.origin + self.path


def read_web_address(text: str, *, loopback: bool) -> WebAddress:
    """Refuses (UnacceptableUrl) all but https to a named public host; with `loopback`, http to this machine too.

    No user-info, wildcard, fragment, bare network address, dot segment, backslash or character outside ASCII: names in
    other scripts come in their `xn--` form. Upper case in scheme and host is read as lower case.
    """
    if len(text) > LONGEST:
        raise UrlTooLong(most=LONGEST)
    scheme, mark, rest = text.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    shape = _SHAPE.fullmatch(scheme.lower() + mark + authority.lower() + rest[len(authority) :])
    if shape is None:
        raise UnacceptableUrl
    host, path, port = shape["host"], shape["path"] or "/", shape["port"]
    if any(part in {".", ".."} for part in path.split("/")) or "//" in path or int(port or 0) > 65_535:
        raise UnacceptableUrl
    here = host in {"localhost", "127.0.0.1", "[::1]"} or host.endswith(".localhost")
    if here and not loopback:
        raise UrlNotPublic
    if not here and (shape["scheme"] != "https" or not _HOST_NAME.fullmatch(host)):
        raise UrlNotPublic
    written_port = "" if port in {None, _DEFAULT_PORTS[shape["scheme"]]} else f":{port}"
    return WebAddress(origin=f"{shape['scheme']}://{host}{written_port}", path=path, query=shape["query"] or "")


def read_origin(text: str, *, loopback: bool) -> str:
    """The origin of a shop. Refuses an address with a path or a query."""
    address = read_web_address(text, loopback=loopback)
    if address.path != "/" or address.query:
        raise OriginHasPath
    return address.origin


def read_return_url(text: str, *, loopback: bool) -> str:
    """A return URL as it is registered: without a query, since only scheme, host, port and path are compared."""
    address = read_web_address(text, loopback=loopback)
    if "?" in text:
        raise UrlHasQuery
    return address.without_query
