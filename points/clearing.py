"""What a points clearing is made of: the words, and what each does to a merchant's money. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.clock import TOKYO
from points.dates import months_later


class ClearingKind(models.TextChoices):
    """From the view of the merchant whose statement it is. A yen each, and every one of them stands in the books."""

    ISSUED = "issued", _("Points given")
    """Pending yet: they move no money before they can be spent."""
    SET_ASIDE = "set_aside", _("Set aside for points that can be spent")
    """From what was owed to the merchant into its reserve, when points became live or the merchant left."""
    EXPIRED = "expired", _("Expired")
    """Nobody came for them: back from the reserve (breakage)."""
    TAKEN_BACK = "taken_back", _("Taken back after refunds")
    """Back from the reserve."""
    SPENT_AT_HOME = "spent_at_home", _("Your points, spent at your shops")
    RETURNED_AT_HOME = "returned_at_home", _("Your points, spent at your shops and given back")
    SPENT_ELSEWHERE = "spent_elsewhere", _("Your points, spent elsewhere")
    """The merchant's reserve pays the other shop."""
    RETURNED_ELSEWHERE = "returned_elsewhere", _("Your points, spent elsewhere and given back")
    """The other shop pays them back into the reserve."""
    SPENT_HERE = "spent_here", _("Others’ points, spent at your shops")
    """The other's reserve pays the merchant."""
    RETURNED_HERE = "returned_here", _("Others’ points, spent at your shops and given back")
    LENT = "lent", _("Your points, taken in place of others’")
    """A refund had to take back another's points that were spent; these left instead, and their worth went there."""
    BORROWED = "borrowed", _("Others’ points, taken in place of yours")
    REPAID_TO = "repaid_to", _("Your points again, taken before in place of others’")
    """The spent ones came back: what was lent is the merchant's again."""
    REPAID_BY = "repaid_by", _("Others’ points again, taken before in place of yours")


@dataclass(frozen=True, slots=True)
class Effect:
    """How a line counts: in what is set aside for the merchant's points, and in what it has from others."""

    reserve: int
    net: int


K = ClearingKind
# fmt: off
EFFECTS: Final = {
    K.ISSUED:             Effect(0, 0),
    K.SET_ASIDE:          Effect(+1, 0),
    K.EXPIRED:            Effect(-1, 0),
    K.TAKEN_BACK:         Effect(-1, 0),
    K.SPENT_AT_HOME:      Effect(-1, 0),
    K.RETURNED_AT_HOME:   Effect(+1, 0),
    K.SPENT_ELSEWHERE:    Effect(-1, -1),
    K.RETURNED_ELSEWHERE: Effect(+1, +1),
    K.SPENT_HERE:         Effect(0, +1),
    K.RETURNED_HERE:      Effect(0, -1),
    K.LENT:               Effect(-1, -1),
    K.BORROWED:           Effect(0, +1),
    K.REPAID_TO:          Effect(+1, +1),
    K.REPAID_BY:          Effect(-1, -1),
}
# fmt: on
WITH_OTHERS: Final = frozenset(kind for kind, effect in EFFECTS.items() if effect.net)
"""These lines name a counterparty, and the counterparty's own statement has the mirror of each."""

MIRRORS: Final = {
    K.SPENT_ELSEWHERE: K.SPENT_HERE,
    K.RETURNED_ELSEWHERE: K.RETURNED_HERE,
    K.LENT: K.BORROWED,
    K.REPAID_TO: K.REPAID_BY,
}


def next_month(month: date) -> date:
    return months_later(month, 1)


def month_span(month: date) -> tuple[datetime, datetime]:
    """From the midnight in Tokyo with which this month begins up to the one with which the next does. Half-open."""
    begin, end = (datetime.combine(day.replace(day=1), time(), TOKYO) for day in (month, next_month(month)))
    return begin, end
