"""What crosses the door of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.actors import Actor
from merchants.states import ROLE_MAY, May, Role

if TYPE_CHECKING:
    from datetime import datetime

    from merchants.models import Member, Merchant


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who asks with an API key. `merchant` may be up to five seconds old; a verb reads its own."""

    key_id: str
    merchant: Merchant
    scopes: frozenset[str]
    """The scopes of the key and those that they include."""
    api_version: str

    @property
    def actor(self) -> Actor:
        return Actor(self.key_id)

    def may(self, scope: str) -> bool:
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line of the request log: the fields of `ApiRequest`."""

    id: str
    merchant_id: str
    key_id: str
    at: datetime
    milliseconds: int
    method: str
    path: str
    status: int
    code: str
    subject: str
    idempotency_key: str
    replayed: bool
    api_version: str
    asked: dict[str, Any]
    answered: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which lines of the request log to show. Empty members ask for all; the range is half-open."""

    path: str = ""
    """The beginning of the address."""
    status: str = ""
    """`2`, `4` or `5` for a whole class, or one status."""
    code: str = ""
    text: str = ""
    """Exactly the id of a request, the id of what it was about, or an Idempotency-Key."""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A person in one merchant's team, and what the role may do there."""

    member: Member
    merchant: Merchant

    @property
    def actor(self) -> Actor:
        return Actor(self.member.id)

    def may(self, what: str) -> bool:
        return May(what) in ROLE_MAY[Role(self.member.role)]
