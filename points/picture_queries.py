"""What the pictures of one wallet's points show: sums by month and by shop, counted in the database."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from common.clock import TOKYO
from points.models import PointsLotChange
from points.queries import TOLD
from points.states import Change


def by_month(wallet_id: str, *, since: datetime) -> dict[date, tuple[int, int]]:
    """What came and what went in each of Tokyo's months in which something did, named by its first day."""
    told = PointsLotChange.objects.filter(wallet_id=wallet_id, change__in=TOLD, at__gte=since)
    months: dict[date, tuple[int, int]] = {}
    for month, change, total in (
        told.annotate(month=TruncMonth("at", tzinfo=TOKYO))
        .order_by()
        .values_list("month", "change")
        .annotate(total=Sum("amount_minor"))
    ):
        came, went = months.get(month.date(), (0, 0))
        is_gain = TOLD[Change(change)] > 0
        months[month.date()] = (came + total, went) if is_gain else (came, went + total)
    return months


def earned_by_shop(wallet_id: str, *, since: datetime) -> list[tuple[str, int]]:
    """Most first, less what refunds took back of it; what nobody's shop gave is left out."""
    return _by_shop(wallet_id, {Change.EARNED, Change.TAKEN_BACK}, since=since)


def used_by_shop(wallet_id: str, *, since: datetime) -> list[tuple[str, int]]:
    return _by_shop(wallet_id, {Change.REDEEMED, Change.GIVEN_BACK}, since=since, sign=-1)


def _by_shop(wallet_id: str, changes: Collection[Change], *, since: datetime, sign: int = 1) -> list[tuple[str, int]]:
    of_shops = PointsLotChange.objects.filter(
        wallet_id=wallet_id, change__in=changes, at__gte=since, merchant_id__isnull=False, payment_id__isnull=False
    )
    sums: dict[str, int] = {}
    for shop, change, total in (
        of_shops.order_by().values_list("merchant_id", "change").annotate(total=Sum("amount_minor"))
    ):
        sums[shop] = sums.get(shop, 0) + sign * TOLD[Change(change)] * total
    return sorted(((shop, total) for shop, total in sums.items() if total > 0), key=lambda one: (-one[1], one[0]))
