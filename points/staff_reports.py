"""The page of reports about all points: what is owed, what nobody came for, how old it is; beside the books."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import clock
from common.money import Money, yen
from ledger.states import OPERATOR
from merchants.queries import merchants_by_ids
from points.clearing import month_span
from points.dates import months_later
from points.report_queries import AGES, Sum, ages, breakage_since, liability, liability_by_expiry

_AGE_NAMES = (
    _("less than a month"),
    _("one to three months"),
    _("three to six months"),
    _("six months to a year"),
    _("more than a year"),
)
_MONTHS = 12
assert len(_AGE_NAMES) == len(AGES) + 1  # noqa: S101 (said at import, so that no page is one short)


def reports(request: HttpRequest, facts: dict[str, Any]) -> HttpResponse:
    now = clock.now()
    this_month = clock.business_date(now).replace(day=1)
    first = months_later(this_month, 1 - _MONTHS)
    owed, ended, aged = liability_by_expiry(), breakage_since(month_span(first)[0]), ages(now)
    books = liability()
    names = _names({row.funder for row in (*owed, *ended)} | {row.funder for row in books})
    facts |= {
        "title": _("Points: what is owed, and what nobody came for"),
        "expiry_chart": _by_month(owed, [months_later(this_month, ahead) for ahead in range(_MONTHS + 1)]),
        "expiry": [(row.month, names[row.funder], row.amount) for row in owed],
        "breakage_chart": _by_month(ended, [months_later(first, ahead) for ahead in range(_MONTHS)]),
        "breakage": [(row.month, names[row.funder], row.amount) for row in ended],
        "ages": [(_AGE_NAMES[row.place], row.amount, row.lots) for row in aged],
        "age_chart": [(str(_AGE_NAMES[row.place]), row.amount.minor) for row in aged],
        "books": [(names[row.funder], row) for row in books],
        "in_lots": _total(row.lots for row in books),
        "in_books": _total(row.books for row in books),
        "tone": "good" if all(row.agrees for row in books) else "harm",
    }
    facts["verdict"] = _("The books agree") if facts["tone"] == "good" else _("The books differ: run manage.py verify")
    return render(request, "staff/points_reports.html", facts)


def _by_month(rows: list[Sum], months: list[date]) -> list[tuple[str, int]]:
    """Every month has its place, with nothing too."""
    return [(f"{month:%y-%m}", sum(row.amount.minor for row in rows if row.month == month)) for month in months]


def _total(amounts: Iterable[Money]) -> Money:
    return sum(amounts, start=yen(0))


def _names(funders: set[str]) -> dict[str, str | Promise]:
    known = merchants_by_ids(funders - {OPERATOR})
    named: dict[str, str | Promise] = {one: one for one in funders}
    named |= {one: merchant.display_name for one, merchant in known.items()}
    return named | {OPERATOR: _("This commerce")}
