"""Transition tables: which verb leads from which state to which."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal

S = TypeVar("S", bound=Enum)


class TransitionRefused(Refusal):
    """The thing is in a state from which this verb leads nowhere, or somebody else was faster."""

    code, kind = "wrong_state", Kind.STATE
    message = _("This is not possible while the status is “{current}”.")

    def __init__(self, *, current: Enum, verb: str) -> None:
        super().__init__(current=current.value, verb=verb)


def next_state(table: Mapping[tuple[S, str], S], current: S, verb: str) -> S:
    """Where `verb` leads from `current`. Refuses (TransitionRefused) what the table does not know."""
    try:
        return table[current, verb]
    except KeyError:
        raise TransitionRefused(current=current, verb=verb) from None
