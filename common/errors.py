"""Refusals: our own expected noes. Each is a named fact: code can catch it, the API code it, a translator say it."""

from enum import StrEnum
from typing import Any, ClassVar

from django.utils.functional import Promise


class Kind(StrEnum):
    """What sort of no it is. Only a door knows which HTTP status that means."""

    INVALID = "invalid"
    """The question makes no sense as written."""
    FORBIDDEN = "forbidden"
    """The asker may not do this."""
    NOT_FOUND = "not_found"
    """It is not there, or not theirs: the same answer on purpose."""
    STATE = "state"
    """It was possible before, or may be later: the thing is in another state now."""
    RULE = "rule"
    """Understood, and against a rule."""
    LIMITED = "limited"
    """Too often. `retry_after_seconds` says when to come back."""
    UNAVAILABLE = "unavailable"
    """A part that is needed is down; nothing was done."""


class Refusal(Exception):
    """Base of all refusals.

    A subclass sets `code` (stable for ever), `kind` and `message` (a translatable sentence with named places), and
    takes the facts that fill the places as named arguments. `field` names the member of the request that it is about.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    message: ClassVar[str | Promise]
    field: ClassVar[str | None] = None

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        return str(self.message).format(**self.facts)

    @property
    def retry_after_seconds(self) -> int | None:
        return self.facts.get("retry_after_seconds")
