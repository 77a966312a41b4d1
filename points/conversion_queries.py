"""Questions about conversions. None of them changes anything.

A shop is told of each conversion only that it was accepted, and of a batch only at its end, in sums, how much found an
owner: otherwise a file of addresses would be a way to ask who is a customer here. Nor does its balance tell: all
points of a batch are paid for when it is accepted, whoever they are for.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Q, Sum

from common.clock import business_date, instant_text
from common.ids import read_id
from common.money import Money, pts
from points.dates import expiry_of
from points.errors import ConversionBatchNotFound, ConversionKeyNotFound, ConversionNotFound
from points.giving import month_of
from points.models import ConversionKey, ConversionPermit, PointsConversion, PointsConversionBatch, PointsProgram
from points.states import ConversionStatus
from points.types import BatchSums

CONVERSION_LASTS: Final = timedelta(days=90)
MOST_SIGNATURE: Final = 200
"""Letters; a signature is 86 of them."""


def permit_of(merchant_id: str) -> ConversionPermit | None:
    return ConversionPermit.objects.filter(merchant_id=merchant_id).first()


def left_this_month(permit: ConversionPermit, *, now: datetime) -> Money:
    """What this merchant may still have taken over in this month of Tokyo's."""
    begins, ends = month_of(now)
    taken = PointsConversion.objects.filter(
        merchant_id=permit.merchant_id, created_at__gte=begins, created_at__lt=ends
    ).aggregate(sum=Sum("points_minor", default=0))["sum"]
    return pts(max(permit.most_per_month_minor - taken, 0))


def last_day_of(now: datetime) -> date:
    """The last day, in Tokyo, on which points taken over now may live."""
    program = PointsProgram.at(now)
    return business_date(expiry_of(now, months=program.expiry_months) - timedelta(days=1))


def conversion_of_merchant(merchant_id: str, conversion_id: str) -> PointsConversion:
    """Refuses (ConversionNotFound) another merchant's like none."""
    found = PointsConversion.objects.select_related("lot").filter(merchant_id=merchant_id, pk=conversion_id).first()
    if found is None:
        raise ConversionNotFound
    return found


def conversions_of_merchant(
    merchant_id: str, *, source_id: str = "", starting_after: str = "", ending_before: str = "", limit: int = 25
) -> list[PointsConversion]:
    """At most `limit` of them, newest first; the cursors are ids."""
    rows = PointsConversion.objects.select_related("lot").filter(merchant_id=merchant_id)
    if source_id:
        rows = rows.filter(source_id=source_id)
    if any(given and read_id(given, prefix="cnv") is None for given in (starting_after, ending_before)):
        return []
    if starting_after:
        rows = rows.filter(pk__lt=starting_after)
    if ending_before:
        return list(reversed(rows.filter(pk__gt=ending_before).order_by("id")[:limit]))
    return list(rows.order_by("-id")[:limit])


def batch_of_merchant(merchant_id: str, batch_id: str) -> PointsConversionBatch:
    found = PointsConversionBatch.objects.filter(merchant_id=merchant_id, pk=batch_id).first()
    if found is None:
        raise ConversionBatchNotFound
    return found


def batches_of(merchant_id: str, *, limit: int = 50) -> list[PointsConversionBatch]:
    return list(PointsConversionBatch.objects.filter(merchant_id=merchant_id).order_by("-id")[:limit])


def sums_of(batches: Iterable[PointsConversionBatch], *, now: datetime) -> dict[str, BatchSums]:
    """By batch, and only for those that are over."""
    over = [batch.id for batch in batches if batch.is_over(now=now)]
    converted, expired = Q(status=ConversionStatus.CONVERTED), Q(status=ConversionStatus.EXPIRED)
    rows = PointsConversion.objects.filter(batch_id__in=over).order_by().values("batch_id")
    sums = rows.annotate(
        found=Count("id", filter=converted),
        found_points=Sum("points_minor", filter=converted, default=0),
        back=Count("id", filter=expired),
        back_points=Sum("points_minor", filter=expired, default=0),
    )
    return {
        row["batch_id"]: BatchSums(row["found"], pts(row["found_points"]), row["back"], pts(row["back_points"]))
        for row in sums
    }


def conversion_key_of(merchant_id: str, key_id: str) -> ConversionKey:
    found = ConversionKey.objects.filter(merchant_id=merchant_id, pk=key_id).first()
    if found is None:
        raise ConversionKeyNotFound
    return found


def conversion_keys_of(merchant_id: str) -> list[ConversionKey]:
    """Newest first, revoked ones too."""
    return list(ConversionKey.objects.filter(merchant_id=merchant_id).order_by("-id"))


def conversion_snapshot(conversion: PointsConversion) -> dict[str, Any]:
    """As its merchant sees it: it was accepted, whatever became of it."""
    return {
        "id": conversion.id,
        "object": "points_conversion",
        "livemode": settings.LIVE,
        "status": "accepted",
        "batch": conversion.batch_id,
        "source_id": conversion.source_id,
        "email": conversion.email,
        "points": conversion.points_minor,
        "expires_on": business_date(conversion.lot.expires_at - timedelta(seconds=1)).isoformat(),
        "created_at": instant_text(conversion.created_at),
    }


def batch_snapshot(batch: PointsConversionBatch, sums: BatchSums | None) -> dict[str, Any]:
    """As its merchant sees it; what found an owner is told when the batch is over."""
    return {
        "id": batch.id,
        "object": "points_conversion_batch",
        "livemode": settings.LIVE,
        "conversions": batch.count,
        "points": batch.points_minor,
        "file_sha256": batch.file_sha256 or None,
        "signing_key": batch.key_id,
        "waits_until": instant_text(batch.ends_at),
        "converted": sums and {"count": sums.converted, "points": sums.converted_points.minor},
        "returned": sums and {"count": sums.returned, "points": sums.returned_points.minor},
        "created_at": instant_text(batch.created_at),
    }
