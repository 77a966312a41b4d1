"""What crosses the door of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.actors import Actor
from merchants.states import ROLE_MAY, May, Role

if TYPE_CHECKING:
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
class Membership:
    """A person in one merchant's team, and what the role may do there."""

    member: Member
    merchant: Merchant

    @property
    def actor(self) -> Actor:
        return Actor(self.member.id)

    def may(self, what: str) -> bool:
        return May(what) in ROLE_MAY[Role(self.member.role)]
