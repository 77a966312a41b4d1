"""Check that the pools of families hold what their moves say. No finding is the good answer.

What went in is what went out, what expired there and what is left; a closed family's pool is empty; and whatever lies
in a pool came from somebody who is in the family now.
"""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from points.models import Family, FamilyMember, FamilyMove, PointsLot
from points.states import FamilyMemberStatus, FamilyMoveKind, FamilyStatus

_IN = Q(kind__in=[FamilyMoveKind.PUT_IN, FamilyMoveKind.SHARED])


@transaction
def check_families(now: datetime) -> list[Finding]:
    look_at_one_instant()
    families = Family.objects.annotate(
        went_in=_moved(_IN), went_out=_moved(~_IN), got=_pool("earned_minor"), gave=_pool("given_minor")
    )
    alive = PointsLot.objects.filter(wallet_id=OuterRef("pool_id"), remaining_minor__gt=0, expires_at__gt=now)
    in_it = FamilyMember.objects.filter(
        family=OuterRef(OuterRef("pk")), status=FamilyMemberStatus.ACTIVE, wallet_id=OuterRef("from_wallet_id")
    )
    return [
        *_findings(families.exclude(got=F("went_in"), gave=F("went_out")), "is not what its moves say"),
        *_findings(families.filter(Exists(alive), status=FamilyStatus.CLOSED), "holds points although it was closed"),
        *_findings(
            families.filter(Exists(alive.exclude(Exists(in_it))), status=FamilyStatus.ACTIVE),
            "holds points of somebody who is not in the family",
        ),
    ]


def _moved(which: Q) -> Coalesce:
    moves = FamilyMove.objects.filter(which, family=OuterRef("pk")).order_by().values("family")
    return Coalesce(Subquery(moves.annotate(sum=Sum("amount_minor")).values("sum")), 0)


def _pool(part: str) -> Coalesce:
    lots = PointsLot.objects.filter(wallet_id=OuterRef("pool_id")).order_by().values("wallet_id")
    return Coalesce(Subquery(lots.annotate(sum=Sum(part)).values("sum")), 0)


def _findings(wrong: "QuerySet[Family]", text: str) -> list[Finding]:
    return [
        Finding(check="points.families", subject=family.id, text=f"its pool {text}")
        for family in wrong.order_by("id")[:100]
    ]
