"""What the verbs that take old points over share. Each holds the merchant's permit, so one of them works at a time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from common.actors import Actor
from common.clock import business_date
from common.db import transaction_required
from common.errors import Refusal
from common.ids import new_id
from common.money import Money, pts
from merchants.queries import merchant_by_id
from points.conversion_queries import CONVERSION_LASTS, last_day_of, left_this_month
from points.dates import expiry_of, grace_until
from points.errors import (
    ConversionDiffers,
    ConversionExpiryNotPossible,
    ConversionLimitReached,
    ConversionsNotAllowed,
    ConversionTooLarge,
)
from points.lots import activate_lot, add_lot
from points.models import (
    ConversionPermit,
    PointsConversion,
    PointsConversionBatch,
    PointsLot,
    PointsProgram,
)
from points.models.gift import new_pool
from points.states import Source
from points.telling import tell
from points.types import ConversionLine


@transaction_required
def permit_for(merchant_id: str) -> ConversionPermit:
    """Locked. Refuses: ConversionsNotAllowed."""
    permit = ConversionPermit.locked(merchant_id)
    if permit is None or not permit.is_open or not merchant_by_id(merchant_id).is_open:
        raise ConversionsNotAllowed
    return permit


def known_of(merchant_id: str, lines: Sequence[ConversionLine]) -> dict[str, PointsConversion]:
    """What was taken over under these source ids before. Ask with the permit locked."""
    rows = PointsConversion.objects.select_related("lot", "batch").filter(
        merchant_id=merchant_id, source_id__in=[line.source_id for line in lines]
    )
    return {row.source_id: row for row in rows}


def fault_of(
    line: ConversionLine, known: PointsConversion | None, permit: ConversionPermit, *, now: datetime
) -> Refusal | None:
    """Why this line cannot be taken over. What was before, with the same facts, has no fault whatever the day is."""
    if known is not None:
        same = (known.email, known.points, known.expires_on) == (line.email, line.points, line.expires_on)
        return None if same else ConversionDiffers(source_id=line.source_id)
    if not 1 <= line.points.minor <= permit.most_each_minor:
        return ConversionTooLarge(most=permit.most_each_minor)
    first, last = business_date(now), last_day_of(now)
    if line.expires_on is not None and not first <= line.expires_on <= last:
        return ConversionExpiryNotPossible(first=first, last=last)
    return None


@transaction_required
def take_over(  # noqa: PLR0913 (whose, what, by which file)
    permit: ConversionPermit,
    lines: Sequence[ConversionLine],
    *,
    key_id: str | None = None,
    file_sha256: str = "",
    by: Actor,
    now: datetime,
) -> PointsConversionBatch:
    """New lines, all without a fault: paid for at once, in a pool where they wait for their owners.

    Refuses: ConversionLimitReached.
    """
    total = sum((line.points for line in lines), start=pts(0))
    if total > (left := left_this_month(permit, now=now)):
        raise ConversionLimitReached(most=permit.most_per_month_minor, left=left.minor)
    batch = PointsConversionBatch.objects.create(
        id=new_id("cvb"),
        merchant_id=permit.merchant_id,
        pool_id=new_pool(),
        key_id=key_id,
        file_sha256=file_sha256,
        count=len(lines),
        points_minor=total.minor,
        created_at=now,
        created_by=by.ref,
        ends_at=now + CONVERSION_LASTS,
    )
    lots = _lots(batch, lines, now=now)
    PointsConversion.objects.bulk_create(
        [_row(batch, line, lots[line.expires_on], now=now) for line in lines], batch_size=1_000
    )
    facts = {"merchant": batch.merchant_id, "batch": batch.id, "count": batch.count, "points_minor": total.minor}
    tell("points_conversion.accepted", subject=batch.id, by=by, at=now, facts=facts)
    return batch


def _lots(
    batch: PointsConversionBatch, lines: Sequence[ConversionLine], *, now: datetime
) -> dict[date | None, PointsLot]:
    """One live lot in the pool for each last day that the lines name: few, however many lines there are."""
    sums: dict[date | None, Money] = {}
    for line in lines:
        sums[line.expires_on] = sums.get(line.expires_on, pts(0)) + line.points
    found = {}
    for day in sorted(sums, key=str):
        lot = add_lot(
            wallet_id=batch.pool_id,
            source=Source.CONVERSION,
            source_ref=batch.id,
            rule_ref=f"{day or ''}",
            funder=batch.merchant_id,
            amount=sums[day],
            available_from=now,
            expires_at=_expiry(day, now=now),
            now=now,
        )
        activate_lot(lot, now=now)
        found[day] = lot
    return found


def _expiry(day: date | None, *, now: datetime) -> datetime:
    """The midnight in Tokyo that ends the day; where none is said, the program's."""
    if day is None:
        return expiry_of(now, months=PointsProgram.at(now).expiry_months)
    return grace_until(now, days=(day - business_date(now)) // timedelta(days=1))


def _row(batch: PointsConversionBatch, line: ConversionLine, lot: PointsLot, *, now: datetime) -> PointsConversion:
    return PointsConversion(
        batch=batch,
        merchant_id=batch.merchant_id,
        source_id=line.source_id,
        email=line.email,
        points_minor=line.points.minor,
        expires_on=line.expires_on,
        lot=lot,
        created_at=now,
        ends_at=min(batch.ends_at, lot.expires_at),
    )
