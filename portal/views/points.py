"""One balance of points: what is there, what is coming, what expires when, and how it came about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.queries import wallet_of_customer
from common import clock
from common.clock import TOKYO, business_date
from common.money import percent_text
from common.spreadsheet import Whole, as_csv, csv_answer
from merchants.queries import merchants_by_ids
from points.clearing import month_span
from points.dates import months_later
from points.picture_queries import by_month, earned_by_shop, used_by_shop
from points.queries import history_of, lots_of, points_of, program
from points.states import LotStatus
from points.tiers import tier_of
from points.types import HistoryLine, TierView
from portal.guards import CustomerRequest, customer_required

MONTHS: Final = 12
COLUMNS: Final = ("at", "change", "text", "points", "shop", "payment")
"""Of the history as a file: for programs, the same in every language."""
LINES: Final = 25
SHOPS: Final = 8
SOON: Final = timedelta(days=30)
_FARTHEST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the history goes on, as `pager` wants it."""

    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far this year's spend is on its way to the next tier, for the bar."""

    percent: int
    limit: int


@require_safe
@customer_required
def show(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    wallet = wallet_of_customer(request.customer)
    first = months_later(business_date(now).replace(day=1), 1 - MONTHS)
    since = month_span(first)[0]
    offset = _offset(request)
    lots = lots_of(wallet.id)
    lines = history_of(wallet.id, limit=LINES + 1, offset=offset)
    pages = Pages(
        newer=str(max(offset - LINES, 0)) if offset else "", older=str(offset + LINES) if len(lines) > LINES else ""
    )
    earned, used = (of(wallet.id, since=since)[:SHOPS] for of in (earned_by_shop, used_by_shop))
    shops = merchants_by_ids(
        {lot.merchant_id for lot in lots if lot.merchant_id}
        | {line.merchant_id for line in lines if line.merchant_id}
        | {shop for shop, _sum in (*earned, *used)}
    )
    terms, view, tier = program(now), points_of(wallet.id, now), tier_of(wallet.id, now)
    pending = [lot for lot in lots if lot.status == LotStatus.PENDING and lot.remaining_minor]
    facts: dict[str, Any] = {
        "points": view,
        "expires_soon": view.next_expiry_at is not None and view.next_expiry_at <= now + SOON,
        "next_ready_at": min((lot.available_from for lot in pending), default=None),
        "tier": tier,
        "tier_percent": percent_text(tier.extra_basis_points) if tier.extra_basis_points else "",
        "progress": _progress(tier),
        "lots": [(lot, shops.get(lot.merchant_id or "")) for lot in lots if lot.remaining_minor],
        "history": [(line, shops.get(line.merchant_id or "")) for line in lines[:LINES]],
        "pages": pages,
        "by_month": _months(by_month(wallet.id, since=since), first=first),
        "earned_by_shop": [(shops[shop].display_name, total) for shop, total in earned if shop in shops],
        "used_by_shop": [(shops[shop].display_name, total) for shop, total in used if shop in shops],
        "program": terms,
        "percent": percent_text(terms.earn_basis_points),
    }
    return render(request, "portal/points.html", facts)


@require_safe
@customer_required
def export(request: CustomerRequest) -> StreamingHttpResponse:
    """The whole history as a file, newest first."""
    lines = history_of(wallet_of_customer(request.customer).id, limit=_FARTHEST)
    shops = merchants_by_ids({line.merchant_id for line in lines if line.merchant_id})

    def cells(line: HistoryLine) -> Iterable[object]:
        shop = shops.get(line.merchant_id or "")
        return (
            line.at.astimezone(TOKYO).isoformat(timespec="seconds"),
            line.change.value,
            line.text,
            line.amount.minor,
            shop.display_name if shop else "",
            line.payment_id or "",
        )

    day = business_date(clock.now())
    rows = as_csv(COLUMNS, page_after=lambda _last: Whole(lines), cells=cells)
    return csv_answer(rows, name=f"points-{day:%Y-%m-%d}")


def _offset(request: HttpRequest) -> int:
    """How many newer lines come before this page of the history; what is no number is the first page."""
    asked = request.GET.get("older") or request.GET.get("newer") or "0"
    return min(int(asked), _FARTHEST) if asked.isascii() and asked.isdecimal() and len(asked) < len("1000000") else 0


def _progress(tier: TierView) -> Progress | None:
    if tier.next_tier is None:
        return None
    needed = tier.spent.minor + tier.missing.minor
    return Progress(percent=min(tier.spent.minor * 100 // needed, 99) if needed else 0, limit=needed)


def _months(sums: dict[date, tuple[int, int]], *, first: date) -> list[tuple[str, int, int]]:
    """Earned and used in each of the last months, oldest first."""
    shape = "n月" if get_language() == "ja" else "M"
    months = [months_later(first, ahead) for ahead in range(MONTHS)]
    return [(date_format(month, shape), *sums.get(month, (0, 0))) for month in months]
