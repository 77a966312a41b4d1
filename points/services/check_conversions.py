"""Check what was taken over against its lots. No finding is the good answer.

What was converted is, one by one, a lot of its owner's; what waits is what its lot in the pool has left, but for what
expired there a moment ago; and a batch is the sum of its conversions and of its pool's lots.
"""

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from points.models import PointsConversion, PointsConversionBatch, PointsLot
from points.states import ConversionStatus, Source


@transaction
def check_conversions(now: datetime) -> list[Finding]:
    look_at_one_instant()
    return [*_sum(), *_batches(), *_pools(now)]


def _sum() -> list[Finding]:
    """Σ converted = Σ lots of that source in people's wallets."""
    lots = PointsLot.objects.filter(source=Source.CONVERSION, from_wallet_id__isnull=False).order_by()
    arrived = dict(lots.values_list("source_ref").annotate(sum=Sum("earned_minor")))
    converted = dict(
        PointsConversion.objects.filter(status=ConversionStatus.CONVERTED).order_by().values_list("id", "points_minor")
    )
    return [
        Finding(
            check="points.conversions",
            subject=who,
            text=f"{converted.get(who, 0)} were converted, lots say {arrived.get(who, 0)}",
        )
        for who in sorted(arrived.keys() | converted.keys())
        if arrived.get(who, 0) != converted.get(who, 0)
    ]


def _batches() -> list[Finding]:
    rows = PointsConversion.objects.filter(batch_id=OuterRef("pk")).order_by().values("batch_id")
    pool = PointsLot.objects.filter(wallet_id=OuterRef("pool_id")).order_by().values("wallet_id")
    batches = PointsConversionBatch.objects.annotate(
        said=Coalesce(Subquery(rows.annotate(sum=Sum("points_minor")).values("sum")), 0),
        held=Coalesce(Subquery(pool.annotate(sum=Sum("earned_minor")).values("sum")), 0),
    )
    return _findings(batches.exclude(points_minor=F("said")).union(batches.exclude(points_minor=F("held"))))


def _findings(wrong: "QuerySet[PointsConversionBatch]") -> list[Finding]:
    return [
        Finding(check="points.conversions", subject=batch.id, text="is not the sum of its conversions and lots")
        for batch in wrong.order_by("id")[:100]
    ]


def _pools(now: datetime) -> list[Finding]:
    """A lot whose own expiry has come may be behind its conversions, or they behind it, until the next timer."""
    waits = PointsConversion.objects.filter(lot_id=OuterRef("pk"), status=ConversionStatus.WAITING).order_by()
    lots = PointsLot.objects.filter(source=Source.CONVERSION, from_wallet_id__isnull=True, expires_at__gt=now).annotate(
        waits=Coalesce(Subquery(waits.values("lot_id").annotate(sum=Sum("points_minor")).values("sum")), 0)
    )
    return [
        Finding(check="points.conversions", subject=lot.id, text="has not what waits for its owners")
        for lot in lots.exclude(Q(remaining_minor=F("waits"))).order_by("id")[:100]
    ]
