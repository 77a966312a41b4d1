"""What the operator reads about all points together: what is owed and when it ends, what nobody came for, and how old
what is live has become. Set-based; every figure stands beside what the books say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from common.money import Money, yen
from ledger.queries import balances_of
from ledger.states import OPERATOR, AccountKind
from points.models import PointsLot

AGES: Final = (1, 3, 6, 12)
"""Live points are grouped by how many months ago they became spendable: up to these, and beyond."""

# A lot ends with a month: the instant belongs to the month before it.
_ENDS: Final = "date_trunc('month', (expires_at - interval '1 microsecond') AT TIME ZONE 'Asia/Tokyo')::date"
_LIABILITY: Final = f"""
SELECT merchant_id, {_ENDS}, sum(remaining_minor + held_minor) FROM points_pointslot
WHERE funded_at IS NOT NULL AND remaining_minor + held_minor > 0 GROUP BY 1, 2 ORDER BY 2, 1
"""  # noqa: S608 (our own text)
_BREAKAGE: Final = """
SELECT lot.merchant_id, date_trunc('month', note.at AT TIME ZONE 'Asia/Tokyo')::date AS month, sum(note.amount_minor)
FROM points_pointslotchange AS note JOIN points_pointslot AS lot ON lot.id = note.lot_id
WHERE note.change = 'expired' AND note.at >= %s GROUP BY 1, 2 ORDER BY 2, 1
"""
_AGES: Final = """
SELECT (SELECT count(*) FROM unnest(%s::integer[]) AS of (months)
        WHERE available_from <= %s - make_interval(months => months)) AS age,
       sum(remaining_minor + held_minor), count(*)
FROM points_pointslot WHERE status <> 'pending' AND remaining_minor + held_minor > 0 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Sum:
    """How much of one funder belongs to one month, or none of the two."""

    funder: str
    month: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Age:
    """`place` among AGES: 0 is the youngest."""

    place: int
    amount: Money
    lots: int


@dataclass(frozen=True, slots=True)
class Liability:
    """One funder's points beside its money: `lots` is what they are worth, `books` what is set aside."""

    funder: str
    lots: Money
    books: Money

    @property
    def agrees(self) -> bool:
        return self.lots == self.books


def liability() -> list[Liability]:
    """Σ liability = Σ live points × 1 yen, funder by funder; with the pending points of shops that left."""
    lots = {row.funder: yen(0) for row in liability_by_expiry()}
    for row in liability_by_expiry():
        lots[row.funder] += row.amount
    books = {who: posted for who, (posted, _held) in balances_of(AccountKind.POINTS_RESERVE, "JPY").items()}
    return [
        Liability(funder=who, lots=lots.get(who, yen(0)), books=books.get(who, yen(0)))
        for who in sorted(lots.keys() | books.keys())
    ]


def liability_by_expiry() -> list[Sum]:
    """What is set aside for points by the month with which they end."""
    return _sums(_LIABILITY, [])


def breakage_since(begin: datetime) -> list[Sum]:
    """What ended without being spent, by the month in which it did."""
    return _sums(_BREAKAGE, [begin])


def ages(now: datetime) -> list[Age]:
    """How long live points have been spendable."""
    with connection.cursor() as cursor:
        cursor.execute(_AGES, [list(AGES), now])
        return [Age(place=place, amount=yen(int(minor)), lots=lots) for place, minor, lots in cursor.fetchall()]


def _sums(question: str, facts: Sequence[Any]) -> list[Sum]:
    field = PointsLot._meta.get_field("merchant_id")  # noqa: SLF001 (Django's documented door to a model's fields)
    with connection.cursor() as cursor:
        cursor.execute(question, facts)
        rows = cursor.fetchall()
    return [
        Sum(funder=field.to_python(merchant) or OPERATOR, month=month, amount=yen(int(minor)))
        for merchant, month, minor in rows
    ]
