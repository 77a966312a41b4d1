"""Check the points against the books: invariant (e), question by question. No finding is the good answer.

Per wallet: what live lots have left is what the books call available, what uses hold is what the books call held, and
pending lots are the pending points. Per lot: its held and redeemed parts are the sums of its uses. Per funding shop:
the reserve is what its lots still owe, and the points issued are those that have not ended. That each point is in one
part of its lot, and none is below zero, the tables see to.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from ledger.queries import balances_of
from ledger.states import OPERATOR, AccountKind
from points.models import PointsLot
from points.states import LotStatus, UseStatus

_LEFT = Coalesce(Sum("remaining_minor", filter=Q(status=LotStatus.LIVE)), 0)
_PENDING = Coalesce(Sum("remaining_minor", filter=Q(status=LotStatus.PENDING)), 0)
_HELD = Coalesce(Sum("held_minor"), 0)
_REDEEMED = Coalesce(Sum("redeemed_minor"), 0)
_OWED = Coalesce(Sum(F("remaining_minor") + F("held_minor"), filter=~Q(status=LotStatus.PENDING)), 0)
_NOT_ENDED = Coalesce(Sum(F("remaining_minor") + F("held_minor") + F("redeemed_minor")), 0)


@transaction
def check_points(now: datetime) -> list[Finding]:  # noqa: ARG001 (every check of the books is asked the same way)
    look_at_one_instant()
    return [*_balances(), *_uses()]


def _balances() -> list[Finding]:
    """Whoever has lots or an account is looked at: points that are in the books and in no lot are found too."""
    live, wallet, shop = balances_of(AccountKind.POINTS_LIVE, "PTS"), "wallet_id", "merchant_id"
    redeemed = {OPERATOR: PointsLot.objects.aggregate(sum=_REDEEMED)["sum"]}
    return [
        *_compare("points.live", _sums(wallet, _LEFT), {who: (of - held).minor for who, (of, held) in live.items()}),
        *_compare("points.held", _sums(wallet, _HELD), {who: held.minor for who, (_of, held) in live.items()}),
        *_compare("points.pending", _sums(wallet, _PENDING), _posted(AccountKind.POINTS_PENDING, "PTS")),
        *_compare("points.issued", _sums(shop, _NOT_ENDED), _posted(AccountKind.POINTS_ISSUED, "PTS")),
        *_compare("points.reserve", _sums(shop, _OWED), _posted(AccountKind.POINTS_RESERVE, "JPY")),
        *_compare("points.redeemed", redeemed, _posted(AccountKind.POINTS_REDEEMED, "PTS")),
    ]


def _sums(owner: str, amount: Coalesce) -> dict[str, int]:
    """What all lots of each wallet, or of each shop, come to."""
    rows = PointsLot.objects.order_by().values(owner=F(owner)).annotate(sum=amount)
    return {row["owner"]: row["sum"] for row in rows}


def _posted(kind: AccountKind, currency: str) -> dict[str, int]:
    return {owner: posted.minor for owner, (posted, _held) in balances_of(kind, currency).items()}


def _compare(check: str, lots: Mapping[str, int], books: Mapping[str, int]) -> list[Finding]:
    return [
        Finding(check=check, subject=owner, text=f"lots say {lots.get(owner, 0)}, the books say {books.get(owner, 0)}")
        for owner in sorted(lots.keys() | books.keys())
        if lots.get(owner, 0) != books.get(owner, 0)
    ]


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
