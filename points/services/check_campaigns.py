"""Check that campaigns count rightly. No finding is the good answer.

Per campaign, and per customer of it: what it gave is the sum of what it gave for each capture, less what refunds have
taken back, and its purchases are the payments that kept something. Per shop: the lots from campaigns are what its
campaigns gave. That no budget is overdrawn the tables see to.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from points.models import Campaign, CampaignEarning, CampaignUse, PointsLot
from points.states import Source

_KEPT = Coalesce(Sum(F("points_minor") - F("taken_minor")), 0)
_PURCHASES = Count("payment_id", distinct=True, filter=Q(taken_minor__lt=F("points_minor")))

Counts = dict[tuple[str, ...], tuple[int, int]]
"""(points, purchases) by the campaign, or by the campaign and its customer."""


@transaction
def check_campaigns(now: datetime) -> list[Finding]:  # noqa: ARG001 (every check is asked the same way)
    look_at_one_instant()
    campaigns = Campaign.objects.order_by().values_list("id", "used_minor", "purchases")
    uses = CampaignUse.objects.order_by().values_list("campaign__id", "wallet_id", "used_minor", "purchases")
    return [
        *_compare("campaigns.used", _counts(campaigns), _counts(_given("campaign__id"))),
        *_compare("campaigns.customers", _counts(uses), _counts(_given("campaign__id", "wallet_id"))),
        *_lots(),
    ]


def _given(*by: str) -> list[tuple[Any, ...]]:
    rows = CampaignEarning.objects.order_by().values(*by).annotate(kept=_KEPT, bought=_PURCHASES)
    return list(rows.values_list(*by, "kept", "bought"))


def _counts(rows: Iterable[tuple[Any, ...]]) -> Counts:
    return {tuple(whose): (points, purchases) for *whose, points, purchases in rows}


def _compare(check: str, said: Counts, given: Counts) -> Iterator[Finding]:
    for whose in sorted(said.keys() | given.keys()):
        counts, sums = said.get(whose, (0, 0)), given.get(whose, (0, 0))
        if counts != sums:
            text = f"it counts {counts[0]} points, {counts[1]} purchases; it gave {sums[0]} for {sums[1]}"
            yield Finding(check=check, subject=whose[0], text=text)


def _lots() -> Iterator[Finding]:
    given = CampaignEarning.objects.order_by().values(shop=F("campaign__merchant_id")).annotate(sum=Sum("points_minor"))
    from_campaigns = PointsLot.objects.order_by().filter(source=Source.CAMPAIGN, rule_ref__startswith="cmp_")
    lots = from_campaigns.values(shop=F("merchant_id")).annotate(sum=Sum("earned_minor"))
    gave, became = ({row["shop"]: row["sum"] for row in rows} for rows in (given, lots))
    for shop in sorted(gave.keys() | became.keys()):
        if gave.get(shop, 0) != became.get(shop, 0):
            text = f"campaigns gave {gave.get(shop, 0)} points, their lots are {became.get(shop, 0)}"
            yield Finding(check="campaigns.lots", subject=shop, text=text)
