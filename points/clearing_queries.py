"""Questions about points clearings. Whose they are belongs to every question."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from common.clock import instant_text
from points.clearing import WITH_OTHERS
from points.errors import ClearingNotFound
from points.models import PointsClearing, PointsClearingLine


def clearing_of_merchant(merchant_id: str, clearing_id: str) -> PointsClearing:
    """Refuses (ClearingNotFound) another merchant's like one that is not there."""
    clearing = _clearings(merchant_id).filter(pk=clearing_id).first()
    if clearing is None:
        raise ClearingNotFound
    return clearing


def clearings_of_merchant(
    merchant_id: str, *, starting_after: str = "", ending_before: str = "", limit: int = 24
) -> tuple[list[PointsClearing], bool]:
    """Newest first, and whether there are more in that direction; the cursors are ids of statements. Ids sort by month,
    for months are cut in their order.
    """
    rows = _clearings(merchant_id)
    if starting_after:
        rows = rows.filter(pk__lt=starting_after)
    if ending_before:
        found = list(rows.filter(pk__gt=ending_before).order_by("pk")[: limit + 1])
        return found[:limit][::-1], len(found) > limit
    found = list(rows.order_by("-pk")[: limit + 1])
    return found[:limit], len(found) > limit


def _clearings(merchant_id: str) -> QuerySet[PointsClearing]:
    return PointsClearing.objects.filter(merchant_id=merchant_id).prefetch_related("lines")


def clearing_snapshot(clearing: PointsClearing) -> dict[str, Any]:
    """What the API and its events say of one statement. A counterparty is null where a line concerns no other, and
    "commerce" where it is the commerce itself.
    """
    return {
        "id": clearing.id,
        "object": "points_clearing",
        "livemode": settings.LIVE,
        "month": f"{clearing.month:%Y-%m}",
        "currency": "JPY",
        "opening_reserve": clearing.opening_minor,
        "closing_reserve": clearing.closing_minor,
        "net_position": clearing.net_minor,
        "lines": [
            {
                "kind": line.kind,
                "counterparty": _counterparty(line),
                "amount": line.amount_minor,
                "count": line.changes,
            }
            for line in sorted(clearing.lines.all(), key=lambda line: (line.kind, line.counterparty_id or ""))
        ],
        "created_at": instant_text(clearing.cut_at),
    }


def _counterparty(line: PointsClearingLine) -> str | None:
    return line.counterparty_id or ("commerce" if line.kind in WITH_OTHERS else None)
