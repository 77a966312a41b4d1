"""Check the points against the books: invariant (e), question by question. No finding is the good answer.

Per wallet: what live lots have left is what the books call available, what uses hold is what the books call held, and
pending lots are the pending points. Per lot: its held part is the sum of its held uses. Per funding shop: the reserve
is what its lots still owe. That each point is in one part of its lot, and none is below zero, the tables see to.
"""

from datetime import datetime

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from common.db import transaction
from common.findings import Finding
from ledger.queries import available_balance, posted_balance
from points.models import PointsLot
from points.postings import live, pending, reserve
from points.states import LotStatus, UseStatus

_LEFT = Coalesce(Sum("remaining_minor", filter=Q(status=LotStatus.LIVE)), 0)
_PENDING = Coalesce(Sum("remaining_minor", filter=Q(status=LotStatus.PENDING)), 0)
_HELD = Coalesce(Sum("held_minor"), 0)


@transaction
def check_points(now: datetime) -> list[Finding]:  # noqa: ARG001 (every check of the books is asked the same way)
    return [*_wallets(), *_uses(), *_reserves()]


def _wallets() -> list[Finding]:
    found = []
    sums = PointsLot.objects.order_by("wallet_id").values("wallet_id").annotate(left=_LEFT, wait=_PENDING, held=_HELD)
    for row in sums.iterator():
        wallet_id = row["wallet_id"]
        available = available_balance(live(wallet_id), "PTS").minor
        held = posted_balance(live(wallet_id), "PTS").minor - available
        waiting = posted_balance(pending(wallet_id), "PTS").minor
        for check, lots, books in (
            ("points.live", row["left"], available),
            ("points.held", row["held"], held),
            ("points.pending", row["wait"], waiting),
        ):
            if lots != books:
                found.append(Finding(check=check, subject=wallet_id, text=f"lots say {lots}, the books say {books}"))
    return found


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


def _reserves() -> list[Finding]:
    found = []
    owed = Coalesce(Sum(F("remaining_minor") + F("held_minor")), 0)
    lots = PointsLot.objects.exclude(status=LotStatus.PENDING).order_by("merchant_id")
    for row in lots.values("merchant_id").annotate(owed=owed).iterator():
        set_aside = posted_balance(reserve(row["merchant_id"]), "JPY").minor
        if set_aside != row["owed"]:
            found.append(
                Finding(
                    check="points.reserve",
                    subject=row["merchant_id"],
                    text=f"its lots still owe {row['owed']}, its reserve holds {set_aside}",
                )
            )
    return found
