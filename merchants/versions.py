"""The dated versions of the merchants' contract, and how an earlier one goes on being spoken.

The house thinks in the newest version only. What a merchant sends in an earlier one is led up, change by change, before
anybody reads it; what we answer or tell by webhook is led down before it leaves. A version is a change that would break
somebody: a new member, a new call or a new kind of event is none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Members = dict[str, Any]
Change = Callable[[Members], Members]


@dataclass(frozen=True, slots=True)
class Version:
    """One change of the contract. A `Change` gets a copy of the members, and gives back the other side's."""

    date: str
    """`2026-11-22`: what `VaultPay-Version` says."""
    told: str | Promise
    """What changed, for whoever reads the changelog."""
    bodies: Mapping[str, Change] = field(default_factory=dict)
    """By the name of an input: a body of the version before, as this version has it."""
    objects: Mapping[str, Change] = field(default_factory=dict)
    """By `object`: an object of this version, as the version before had it."""


VERSIONS: Final[list[Version]] = [Version("2026-11-22", told=_("The first version."))]
"""Oldest first; the last one is what the house speaks."""


def known_versions() -> list[str]:
    return [version.date for version in VERSIONS]


def led_up(name: str, body: Any, *, spoken: str) -> Any:
    """A body that was sent in version `spoken`, as the newest version has it."""
    for version in VERSIONS:
        if version.date > spoken and name in version.bodies and isinstance(body, dict):
            body = version.bodies[name](dict(body))
    return body


def led_down(value: Any, *, spoken: str) -> Any:
    """What the newest version says, as version `spoken` says it: every object in it, the innermost first."""
    if spoken == VERSIONS[-1].date:
        return value
    if isinstance(value, list | tuple):
        return [led_down(part, spoken=spoken) for part in value]
    if not isinstance(value, dict):
        return value
    members = {name: led_down(part, spoken=spoken) for name, part in value.items()}
    # The changes in between may rename the object too, so its name is asked for anew before each.
    for version in reversed(VERSIONS):
        if version.date > spoken and members.get("object") in version.objects:
            members = version.objects[members["object"]](members)
    return members
