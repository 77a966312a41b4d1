"""Tiers by yearly spend: who stands where, and what that adds to the base rate.

A year is a calendar year in Tokyo. A tier is reached with the purchase that fills its step and counts from the next
purchase on; it is kept to the end of the year after. So the tier of a moment is the higher one of two years' spend.
"""

from datetime import datetime
from typing import Any, Final

from django.db.models import BigIntegerField, DecimalField, ExpressionWrapper, F, Func, OuterRef, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from common.clock import TOKYO, business_date
from common.money import Money, pts, yen
from ledger.states import OPERATOR
from points.models import Earning, PointsProgram, PointsTakeBack, TierStanding
from points.states import Source, TierName
from points.types import Extra, TierView

LADDER: Final = (TierName.MEMBER, TierName.SILVER, TierName.GOLD, TierName.PLATINUM)


def year_begins(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=TOKYO)


def least_of(tier: TierName, program: PointsProgram) -> int:
    """From which yearly spend on, in yen."""
    return 0 if tier == TierName.MEMBER else getattr(program, f"{tier}_from_minor")


def extra_of(tier: TierName, program: PointsProgram) -> int:
    """What it adds to the base rate, in basis points."""
    return 0 if tier == TierName.MEMBER else getattr(program, f"{tier}_extra_basis_points")


def tier_for(spent: Money, program: PointsProgram) -> TierName:
    return next(tier for tier in reversed(LADDER) if spent.minor >= least_of(tier, program))


def spent_in(wallet_id: str, year: int, *, before: datetime | None = None, but_payment: str = "") -> Money:
    """The money part of the year's purchases, less what was refunded of them, by captures before a moment."""
    begins, ends = year_begins(year), year_begins(year + 1)
    bought = Earning.objects.filter(
        wallet_id=wallet_id, heard_at__isnull=False, captured_at__gte=begins, captured_at__lt=min(before or ends, ends)
    ).exclude(payment_id=but_payment)
    whole: DecimalField[Any, Any] = DecimalField(
        max_digits=40, decimal_places=0
    )  # a product of two amounts is too large for a bigint
    product = ExpressionWrapper(
        Cast(OuterRef("base_minor"), whole) * Cast(F("end_minor") - F("start_minor"), whole), output_field=whole
    )
    stretch = Cast(Func(product, F("of_minor"), function="div", output_field=whole), BigIntegerField())
    heard = PointsTakeBack.objects.filter(source_ref=OuterRef("capture_id"), of_minor__gt=0)
    refunded = Subquery(heard.order_by().values("source_ref").annotate(sum=Sum(stretch)).values("sum"))
    left: int = bought.annotate(left=F("base_minor") - Coalesce(refunded, 0)).aggregate(sum=Sum("left", default=0))[
        "sum"
    ]
    return yen(max(left, 0))


def tier_at(wallet_id: str, moment: datetime, program: PointsProgram, *, but_payment: str = "") -> tuple[TierName, int]:
    """The tier that counts for a purchase at this moment, and the year that gave it. `but_payment` is looked away from:
    one purchase does not raise its own second half.
    """
    year = business_date(moment).year
    now_spent = spent_in(wallet_id, year, before=moment, but_payment=but_payment)
    reached = [(tier_for(now_spent, program), year), (_tier_of_last_year(wallet_id, year - 1, program), year - 1)]
    return max(reached, key=lambda pair: (LADDER.index(pair[0]), pair[1]))


def tier_of(wallet_id: str, now: datetime) -> TierView:
    program, year = PointsProgram.at(now), business_date(now).year
    tier, since = tier_at(wallet_id, now, program)
    spent = spent_in(wallet_id, year, before=now)
    above = LADDER[LADDER.index(tier) + 1 :]
    return TierView(
        tier=tier,
        kept_until=year_begins(since + 2),
        extra_basis_points=extra_of(tier, program),
        spent=spent,
        next_tier=above[0] if above else None,
        missing=yen(max(least_of(above[0], program) - spent.minor, 0)) if above else yen(0),
    )


def earn_by_tier(earning: Earning, program: PointsProgram, room: Money, now: datetime) -> list[Extra]:  # noqa: ARG001
    """The tier's extra rate on the same base; the commerce funds it."""
    if room <= pts(0) or earning.captured_at is None:
        return []
    tier, _year = tier_at(earning.wallet_id, earning.captured_at, program, but_payment=earning.payment_id)
    extra = earning.at_rate(extra_of(tier, program))
    return [Extra(rule_ref=f"tier:{tier}", source=Source.TIER, funder=OPERATOR, amount=extra)] if extra else []


def _tier_of_last_year(wallet_id: str, year: int, program: PointsProgram) -> TierName:
    """As it was reviewed; counted anew while the review has not come to it."""
    standing = TierStanding.objects.filter(wallet_id=wallet_id, year=year).first()
    return TierName(standing.tier) if standing else tier_for(spent_in(wallet_id, year), program)
