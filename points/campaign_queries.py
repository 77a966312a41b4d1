"""Questions about campaigns. None of them changes anything."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q

from common.clock import TOKYO, business_date, instant_text
from common.ids import read_id
from common.money import Money, pts
from points.errors import CampaignNotFound
from points.models import Campaign, CampaignUse, CampaignVersion
from points.states import CampaignStatus, Weekday


@dataclass(frozen=True, slots=True)
class CampaignCost:
    """What a campaign gave so far, refunds taken off. One point costs its merchant one yen."""

    points: Money
    left: Money
    """Of the budget, in yen."""
    purchases: int
    customers: int


@dataclass(frozen=True, slots=True)
class DayOfEffect:
    """One day of Tokyo at a merchant: what was bought with the campaign's points, and what without."""

    day: date
    purchases: int
    customers: int
    base: Money
    """The money part of the purchases, refunds not taken off."""
    points: Money
    purchases_without: int
    customers_without: int
    base_without: Money


def campaign_of_merchant(merchant_id: str, campaign_id: str) -> Campaign:
    """Refuses (CampaignNotFound) another merchant's like none."""
    campaign = Campaign.objects.filter(merchant_id=merchant_id, pk=campaign_id).first()
    if campaign is None:
        raise CampaignNotFound
    return campaign


def campaigns_of_merchant(  # noqa: PLR0913 (each narrows the list, and all are named)
    merchant_id: str,
    *,
    text: str = "",
    statuses: Collection[str] = (),
    starting_after: str = "",
    ending_before: str = "",
    limit: int = 25,
) -> list[Campaign]:
    """At most `limit` of them, newest first; the cursors are ids. A cursor that is no campaign's id finds nothing.
    `text` is found in the name, in any case, or is exactly the id.
    """
    rows = Campaign.objects.filter(merchant_id=merchant_id)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(pk=text))
    if statuses:
        rows = rows.filter(status__in=statuses)
    if any(given and read_id(given, prefix="cmp") is None for given in (starting_after, ending_before)):
        return []
    if starting_after:
        rows = rows.filter(pk__lt=starting_after)
    if ending_before:
        return list(rows.filter(pk__gt=ending_before).order_by("pk")[:limit])[::-1]
    return list(rows.order_by("-pk")[:limit])


def campaigns_in_force(merchant_ids: Collection[str], *, now: datetime) -> dict[str, list[Campaign]]:
    """Those of these merchants that count for a purchase of this moment, oldest first, in one query; a merchant without
    one is not in the answer. On which weekdays they give something is said by their terms.
    """
    today = business_date(now)
    started = Campaign.objects.filter(
        merchant_id__in=list(merchant_ids), status__in=[CampaignStatus.SCHEDULED, CampaignStatus.RUNNING]
    )
    found: dict[str, list[Campaign]] = {}
    for campaign in started.order_by("id"):
        if campaign.terms.is_open_on(today):
            found.setdefault(campaign.merchant_id, []).append(campaign)
    return found


def versions_of_campaign(campaign: Campaign) -> list[CampaignVersion]:
    """Oldest first: who changed what, and when."""
    return list(campaign.versions.order_by("number"))


def cost_of_campaign(campaign: Campaign) -> CampaignCost:
    uses = CampaignUse.objects.filter(campaign=campaign, purchases__gt=0)
    return CampaignCost(points=campaign.used, left=campaign.left, purchases=campaign.purchases, customers=uses.count())


_EFFECT = """
SELECT (e.captured_at AT TIME ZONE %(zone)s)::date AS day,
       count(DISTINCT e.payment_id) FILTER (WHERE g.capture_id IS NOT NULL),
       count(DISTINCT e.wallet_id) FILTER (WHERE g.capture_id IS NOT NULL),
       coalesce(sum(e.base_minor) FILTER (WHERE g.capture_id IS NOT NULL), 0),
       coalesce(sum(g.points_minor - g.taken_minor), 0),
       count(DISTINCT e.payment_id) FILTER (WHERE g.capture_id IS NULL),
       count(DISTINCT e.wallet_id) FILTER (WHERE g.capture_id IS NULL),
       coalesce(sum(e.base_minor) FILTER (WHERE g.capture_id IS NULL), 0)
FROM points_earning e
LEFT JOIN points_campaignearning g ON g.campaign_id = %(campaign)s AND g.capture_id = e.capture_id
WHERE e.merchant_id = %(merchant)s AND e.heard_at IS NOT NULL
  AND e.captured_at >= %(since)s AND e.captured_at < %(until)s
GROUP BY day ORDER BY day
"""


def effect_of_campaign(campaign: Campaign, *, since: datetime, until: datetime) -> list[DayOfEffect]:
    """What the shop sold with and without it, day by day in Tokyo, oldest first; days without a purchase are left out.

    One pass over the merchant's captures of that time, by an index: ask for a year at most.
    """
    facts = {
        "zone": str(TOKYO),
        "campaign": read_id(campaign.id, prefix="cmp"),
        "merchant": read_id(campaign.merchant_id, prefix="mer"),
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EFFECT, facts)
        return [
            DayOfEffect(
                day=day,
                purchases=purchases,
                customers=customers,
                base=Money(int(base), "JPY"),
                points=pts(int(points)),
                purchases_without=purchases_without,
                customers_without=customers_without,
                base_without=Money(int(base_without), "JPY"),
            )
            for day, purchases, customers, base, points, purchases_without, customers_without, base_without in cursor
        ]


def campaign_snapshot(campaign: Campaign) -> dict[str, Any]:
    """The campaign as its merchant sees it: in the API, and in its events."""
    terms = campaign.terms
    most_points = terms.most_points_per_customer
    return {
        "id": campaign.id,
        "object": "points_campaign",
        "livemode": settings.LIVE,
        "status": str(campaign.status),
        "name": terms.name,
        "kind": str(terms.kind),
        "rate_basis_points": terms.rate_basis_points,
        "points": None if terms.points is None else terms.points.minor,
        "minimum_spend": terms.minimum_spend.minor,
        "skus": list(terms.skus),
        "categories": list(terms.categories),
        "first_purchase_only": terms.first_purchase_only,
        "starts_on": terms.starts_on and terms.starts_on.isoformat(),
        "ends_before": terms.ends_before and terms.ends_before.isoformat(),
        "weekdays": [Weekday(day).name.lower() for day in terms.weekdays],
        "most_points_per_customer": None if most_points is None else most_points.minor,
        "most_purchases_per_customer": terms.most_purchases_per_customer,
        "most_purchases": terms.most_purchases,
        "budget": terms.budget.minor,
        "combining": str(terms.combining),
        "budget_used": campaign.used_minor,
        "budget_left": campaign.left.minor,
        "purchases": campaign.purchases,
        "version": campaign.version,
        "started_at": campaign.started_at and instant_text(campaign.started_at),
        "ended_at": campaign.ended_at and instant_text(campaign.ended_at),
        "created_at": instant_text(campaign.created_at),
    }
