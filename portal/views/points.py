"""One balance of points: what is there, what is coming, what expires when, and how it came about."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.queries import wallet_of_customer
from common import clock
from common.clock import business_date
from common.money import percent_text, pts
from merchants.queries import merchants_by_ids
from points.queries import history_of, lots_of, points_of, program
from portal.guards import CustomerRequest, customer_required

if TYPE_CHECKING:
    from points.types import HistoryLine

MONTHS: Final = 12
LINES: Final = 400
SHOWN: Final = 40


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    wallet = wallet_of_customer(request.customer)
    lots = lots_of(wallet.id)
    history = history_of(wallet.id, limit=LINES)
    shops = merchants_by_ids({one.merchant_id for one in (*lots, *history) if one.merchant_id})
    terms = program(now)
    facts = {
        "points": points_of(wallet.id, now),
        "lots": [(lot, shops.get(lot.merchant_id or "")) for lot in lots],
        "history": [(line, shops.get(line.merchant_id or "")) for line in history[:SHOWN]],
        "by_month": _by_month(history, now=now),
        "program": terms,
        "percent": percent_text(terms.earn_basis_points),
    }
    return render(request, "portal/points.html", facts)


def _by_month(history: Iterable["HistoryLine"], *, now: datetime) -> list[tuple[str, int, int]]:
    """Earned and used in each of the last months, oldest first."""
    months: dict[date, list[int]] = {}
    first = business_date(now).replace(day=1)
    for _step in range(MONTHS):
        months[first] = [0, 0]
        first = (first - timedelta(days=1)).replace(day=1)
    for line in history:
        month = months.get(business_date(line.at).replace(day=1))
        if month is not None:
            month[line.amount < pts(0)] += abs(line.amount.minor)
    shape = "n月" if get_language() == "ja" else "M"
    return [(date_format(day, shape), earned, used) for day, (earned, used) in sorted(months.items())]
