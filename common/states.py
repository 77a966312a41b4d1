"""Transition tables: which verb leads from which state to which, and the one way in which a row follows them."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, TypeVar

from django.db.models import Model, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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


def move_row(row: Model, table: Mapping[tuple[S, str], S], verb: str, *, old: S, **facts: Any) -> S:
    """Compare-and-set: `row` goes from the state `old` to where `verb` leads, with the columns that change with it.

    One row moves, or nobody does. Answers the new state. Refuses (TransitionRefused) what the table does not know, and
    whoever was slower.
    """
    new = next_state(table, old, verb)
    facts["status"] = new
    rows = type(row)._default_manager.filter(pk=row.pk, status=old)  # noqa: SLF001 (Django's own name)
    if rows.update(**facts) != 1:
        raise TransitionRefused(current=old, verb=verb)
    for name, value in facts.items():
        setattr(row, name, value)
    return new


class SignatureStatus(TextChoices):
    """An act of the staff that waits for a second person."""

    PROPOSED = "proposed", _("Waits for a second person")
    MADE = "made", pgettext_lazy("second signature", "Done")
    """A second person said yes to exactly these parameters, and it was done in the same commit."""
    TURNED_DOWN = "turned_down", _("Turned down")
    """By anybody of the staff, its proposer too."""
    EXPIRED = "expired", _("Not signed in time")


SIGNATURE_TRANSITIONS: Final = {
    (SignatureStatus.PROPOSED, "countersign"): SignatureStatus.MADE,
    (SignatureStatus.PROPOSED, "turn_down"):   SignatureStatus.TURNED_DOWN,
    (SignatureStatus.PROPOSED, "expire"):      SignatureStatus.EXPIRED,
}  # fmt: skip
