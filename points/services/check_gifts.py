"""Check that the pools of gifts hold what their gifts say. No finding is the good answer.

What waits has all its points in its pool, but for those that expired there; what ended has left nothing behind, and
what arrived or went back, and what expired, are together what was sent.
"""

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from points.models import PointsGift, PointsLot
from points.states import GiftStatus


@transaction
def check_gifts(now: datetime) -> list[Finding]:
    look_at_one_instant()
    gifts = PointsGift.objects.annotate(
        there=_pool(Sum("remaining_minor", filter=Q(expires_at__gt=now))),
        gone=_pool(Sum("expired_minor")) + _pool(Sum("remaining_minor", filter=Q(expires_at__lte=now))),
        left=_pool(Sum("given_minor")),
    )
    waiting, ended = gifts.filter(status=GiftStatus.PENDING), gifts.exclude(status=GiftStatus.PENDING)
    return [
        *_findings(waiting.exclude(amount_minor=F("there") + F("gone"), left=0), "does not hold what was sent"),
        *_findings(ended.exclude(there=0), "holds points although the gift has ended"),
        *_findings(
            ended.exclude(moved_minor=F("left"), amount_minor=F("left") + F("gone")), "let go of another amount"
        ),
    ]


def _pool(sum_of: Sum) -> Coalesce:
    lots = PointsLot.objects.filter(wallet_id=OuterRef("pool_id")).order_by().values("wallet_id")
    return Coalesce(Subquery(lots.annotate(sum=sum_of).values("sum")), 0)


def _findings(wrong: "QuerySet[PointsGift]", text: str) -> list[Finding]:
    return [
        Finding(check="points.gifts", subject=gift.id, text=f"its pool {text}") for gift in wrong.order_by("id")[:100]
    ]
