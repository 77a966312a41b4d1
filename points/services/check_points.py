"""Check the points against the books: invariant (e), question by question. No finding is the good answer.

Per wallet: what live lots have left is what the books call available, what uses hold is what the books call held, and
pending lots are the pending points; and nobody has live points while points are owed. Per lot: its held and redeemed
parts are the sums of its uses, what it lent and borrowed are its open loans, and what it gave are the lots that came of
it. Per funder: the reserve is what its funded lots still owe, and the points issued are those that have not ended. All
together: what the books call live is what they set aside for it, yen for point. That each point is in one part of its
lot, and none is below zero, the tables see to.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from ledger.queries import balances_of
from ledger.states import OPERATOR, AccountKind
from points.models import PointsLoan, PointsLot
from points.states import LotStatus, UseStatus

_LEFT = Coalesce(Sum("remaining_minor", filter=Q(status=LotStatus.LIVE)), 0)
_PENDING = Coalesce(Sum("remaining_minor", filter=Q(status=LotStatus.PENDING)), 0)
_HELD = Coalesce(Sum("held_minor"), 0)
_REDEEMED = Coalesce(Sum("redeemed_minor"), 0)
_FUNDED = Coalesce(Sum(F("remaining_minor") + F("held_minor"), filter=Q(funded_at__isnull=False)), 0)
_EARLY = Coalesce(Sum("remaining_minor", filter=Q(status=LotStatus.PENDING, funded_at__isnull=False)), 0)
_NOT_ENDED = Coalesce(Sum(F("remaining_minor") + F("held_minor") + F("redeemed_minor")), 0)


@transaction
def check_points(now: datetime) -> list[Finding]:
    look_at_one_instant()
    return [*_balances(), *_liability(), *_uses(), *_loans(), *_moved(), *_debts(now)]


def _balances() -> list[Finding]:
    """Whoever has lots or an account is looked at: points that are in the books and in no lot are found too."""
    live, wallet, funder = balances_of(AccountKind.POINTS_LIVE, "PTS"), "wallet_id", "merchant_id"
    redeemed = {OPERATOR: PointsLot.objects.aggregate(sum=_REDEEMED)["sum"]}
    return [
        *_compare("points.live", _sums(wallet, _LEFT), {who: (of - held).minor for who, (of, held) in live.items()}),
        *_compare("points.held", _sums(wallet, _HELD), {who: held.minor for who, (_of, held) in live.items()}),
        *_compare("points.pending", _sums(wallet, _PENDING), _posted(AccountKind.POINTS_PENDING, "PTS")),
        *_compare("points.issued", _sums(funder, _NOT_ENDED), _posted(AccountKind.POINTS_ISSUED, "PTS")),
        *_compare("points.reserve", _sums(funder, _FUNDED), _posted(AccountKind.POINTS_RESERVE, "JPY")),
        *_compare("points.redeemed", redeemed, _posted(AccountKind.POINTS_REDEEMED, "PTS")),
    ]


def _sums(owner: str, amount: Coalesce) -> dict[str, int]:
    """What all lots of each wallet, or of each funder, come to."""
    rows = PointsLot.objects.order_by().values(owner=F(owner)).annotate(sum=amount)
    return {row["owner"] or OPERATOR: row["sum"] for row in rows}


def _posted(kind: AccountKind, currency: str) -> dict[str, int]:
    return {owner: posted.minor for owner, (posted, _held) in balances_of(kind, currency).items()}


def _compare(check: str, lots: Mapping[str, int], books: Mapping[str, int]) -> list[Finding]:
    return [
        Finding(check=check, subject=owner, text=f"lots say {lots.get(owner, 0)}, the books say {books.get(owner, 0)}")
        for owner in sorted(lots.keys() | books.keys())
        if lots.get(owner, 0) != books.get(owner, 0)
    ]


def _liability() -> list[Finding]:
    """Σ liability = Σ live points × 1 yen, by the books alone; a leaving shop's pending points are funded early."""
    live = sum(of.minor for of, _held in balances_of(AccountKind.POINTS_LIVE, "PTS").values())
    early = PointsLot.objects.aggregate(sum=_EARLY)["sum"]
    aside = sum(_posted(AccountKind.POINTS_RESERVE, "JPY").values())
    if aside == live + early:
        return []
    text = f"{live} points are live and {early} are funded early, {aside} yen are set aside"
    return [Finding(check="points.liability", subject=OPERATOR, text=text)]


def _uses() -> list[Finding]:
    in_use = Coalesce(Sum("uses__amount_minor", filter=Q(uses__status=UseStatus.HELD)), 0)
    redeemed = Coalesce(Sum("uses__amount_minor", filter=Q(uses__status=UseStatus.REDEEMED)), 0)
    wrong = PointsLot.objects.annotate(in_use=in_use, used=redeemed).exclude(
        in_use=F("held_minor"), used=F("redeemed_minor")
    )
    return [
        Finding(check="points.uses", subject=lot.id, text="its parts are not the sums of its uses")
        for lot in wrong.order_by("id")[:100]
    ]


def _loans() -> list[Finding]:
    lots, loans = PointsLot.objects.order_by(), PointsLoan.objects.order_by()
    still = Sum(F("amount_minor") - F("returned_minor"))
    return [
        finding
        for check, part, side in (
            ("points.borrowed", "borrowed_minor", "lot_id"),
            ("points.lent", "lent_minor", "lender_id"),
        )
        for finding in _differ(
            check,
            dict(lots.filter(**{f"{part}__gt": 0}).values_list("id", part)),
            dict(loans.values_list(side).annotate(sum=still).exclude(sum=0)),
        )
    ]


def _moved() -> list[Finding]:
    """What each wallet gave away is what came of it elsewhere."""
    lots = PointsLot.objects.order_by()
    given = lots.filter(given_minor__gt=0).values_list("wallet_id").annotate(sum=Sum("given_minor"))
    arrived = lots.filter(from_wallet_id__isnull=False).values_list("from_wallet_id").annotate(sum=Sum("earned_minor"))
    return _differ("points.moved", dict(given), dict(arrived))


def _debts(now: datetime) -> list[Finding]:
    """A debt is paid by the first points that come."""
    alive = PointsLot.objects.filter(status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now)
    both = PointsLot.objects.filter(owed_minor__gt=0, wallet_id__in=alive.values("wallet_id"))
    return [
        Finding(check="points.owed", subject=wallet, text="points are owed while others are live")
        for wallet in both.order_by("wallet_id").values_list("wallet_id", flat=True).distinct()[:100]
    ]


def _differ(check: str, lots: Mapping[str, int], rows: Mapping[str, int]) -> list[Finding]:
    return [
        Finding(check=check, subject=who, text=f"lots say {lots.get(who, 0)}, the rows behind them {rows.get(who, 0)}")
        for who in sorted(lots.keys() | rows.keys())
        if lots.get(who, 0) != rows.get(who, 0)
    ]
