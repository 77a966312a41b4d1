"""Questions about points. None of them changes anything."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, F, Q, Sum, Value, When

from common.money import Money, pts, yen
from points.earning import grants
from points.giving_history import MOVED, sentences_for
from points.models import Earning, PointsLot, PointsLotChange, PointsProgram, PointsUse
from points.states import Change, LotStatus, UseStatus
from points.types import Extra, HistoryLine, PointsView

TOLD: Final = {
    Change.EARNED: 1,
    Change.GIVEN_BACK: 1,
    Change.RETURNED: 1,
    Change.RECOVERED: 1,
    Change.REDEEMED: -1,
    Change.TAKEN_BACK: -1,
    Change.LENT: -1,
    Change.OWED: -1,
    Change.GIVEN: -1,
    Change.EXPIRED: -1,
}
"""What a customer's history tells, and its sign. Holds come and go with a payment, and activation moves nothing."""


def points_of(wallet_id: str, now: datetime) -> PointsView:
    """Zero everywhere for a wallet that never earned. What has expired a moment ago is not counted any more."""
    spendable = Q(status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now)
    lots = PointsLot.objects.filter(wallet_id=wallet_id)
    sums = lots.aggregate(
        live=Sum("remaining_minor", filter=spendable),
        held=Sum("held_minor"),
        pending=Sum("remaining_minor", filter=Q(status=LotStatus.PENDING)),
        owed=Sum("owed_minor"),
    )
    expiries = lots.filter(spendable).values("expires_at").annotate(amount=Sum("remaining_minor"))
    next_one = expiries.order_by("expires_at").first()
    return PointsView(
        live=pts(sums["live"] or 0),
        held=pts(sums["held"] or 0),
        pending=pts(sums["pending"] or 0),
        owed=pts(sums["owed"] or 0),
        next_expiry_at=next_one["expires_at"] if next_one else None,
        next_expiry_amount=pts(next_one["amount"] if next_one else 0),
    )


def lots_of(wallet_id: str) -> list[PointsLot]:
    """Lots with points in them: pending and live ones, in the order in which they will expire."""
    alive = PointsLot.objects.filter(wallet_id=wallet_id, status__in=[LotStatus.PENDING, LotStatus.LIVE])
    return list(alive.order_by("expires_at", "id"))


def history_of(wallet_id: str, *, limit: int = 100, offset: int = 0) -> list[HistoryLine]:
    """What happened to a wallet's points, newest first: one line for one happening, however many lots it touched."""
    told = PointsLotChange.objects.filter(wallet_id=wallet_id, change__in=TOLD, amount_minor__gt=0)
    # Moved points are told as one line, whoever funded them: what counts is between whom.
    between = told.annotate(
        move=Case(When(MOVED, then=F("source_ref")), default=Value("")),
        shop=Case(When(MOVED, then=None), default=F("merchant_id")),
        purchase=Case(When(MOVED, then=None), default=F("payment_id")),
    )
    happenings = between.values("at", "change", "purchase", "shop", "move").annotate(total=Sum("amount_minor"))
    # Every column counts, so that no line stands on two pages.
    lines = list(happenings.order_by("-at", "-purchase", "change", "shop", "move")[offset : offset + limit])
    sentences = sentences_for(wallet_id, {row["move"] for row in lines if row["move"]})
    return [
        HistoryLine(
            at=row["at"],
            change=Change(row["change"]),
            amount=pts(TOLD[Change(row["change"])] * row["total"]),
            payment_id=row["purchase"],
            merchant_id=row["shop"],
            told=sentences.get((row["move"], Change(row["change"])), ""),
        )
        for row in lines
    ]


def points_earned_by(payment_id: str) -> list[PointsLot]:
    """What this payment earned, oldest first: a lot for each rule and each of its captures."""
    return list(PointsLot.objects.filter(payment_id=payment_id).order_by("id"))


def points_used_by(payment_ids: Iterable[str]) -> dict[str, tuple[Money, Money]]:
    """What each of these payments has set aside, and what it was paid with; nothing for those that use no points."""
    held = Sum("amount_minor", filter=Q(status=UseStatus.HELD), default=0)
    redeemed = Sum("amount_minor", filter=Q(status=UseStatus.REDEEMED), default=0)
    uses = PointsUse.objects.filter(payment_id__in=list(payment_ids)).order_by().values("payment_id")
    sums = uses.annotate(held=held, redeemed=redeemed)
    return {row["payment_id"]: (pts(row["held"]), pts(row["redeemed"])) for row in sums}


def would_earn(
    *,
    wallet_id: str,
    merchant_id: str,
    base: Money,
    items: Sequence[Mapping[str, Any]] = (),
    now: datetime,
) -> list[Extra]:
    """What a purchase would earn if it were captured now, rule by rule; nothing is counted or written."""
    if base.currency != "JPY":
        return []
    asked = Earning(
        wallet_id=wallet_id, merchant_id=merchant_id, base_minor=base.minor, items=list(items), captured_at=now
    )
    return grants(asked, PointsProgram.at(now), now=now)


def program(now: datetime) -> PointsProgram:
    return PointsProgram.at(now)


def newest_program() -> PointsProgram:
    """Also one that is planned; number 0, with the defaults, where there is none."""
    return PointsProgram.objects.last() or PointsProgram(number=0)


def unfunded_of(merchant_id: str) -> Money:
    """What this merchant's pending points are worth and is not set aside yet: a last payout waits until it is."""
    pending = PointsLot.objects.filter(status=LotStatus.PENDING, merchant_id=merchant_id, funded_at__isnull=True)
    return yen(pending.aggregate(sum=Sum("remaining_minor", default=0))["sum"])
