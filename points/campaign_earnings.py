"""What campaigns give for a capture, and what refunds give back to their budgets: steps of the caller's transaction.

Locks: campaigns in id order, before any lot and before the books. Whoever changes a campaign, and every purchase that
gets something from it, waits for its row, so a budget is spent to the last point and no further.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import Final

from django.db.models import F, Min, Q

from common.actors import SYSTEM
from common.db import transaction_required
from common.insert_once import insert_once
from common.money import Money, pts
from points.campaign_telling import tell_campaign
from points.campaigns import Purchase, Standing, awards, may_give
from points.models import (
    Campaign,
    CampaignEarning,
    CampaignUse,
    CampaignVersion,
    Earning,
    PointsProgram,
    PointsTakeBack,
)
from points.states import CampaignStatus, Source
from points.types import Extra

_IN_FORCE: Final = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING)
"""A scheduled campaign counts from its first day on, whether or not the timer has come by: its days say so."""
_MAY_BE_EXHAUSTED: Final = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED)


def versions_in_force(merchant_id: str, *, at: datetime) -> list[CampaignVersion]:
    """The version of that moment of each campaign that was started then, and neither paused nor over; oldest first."""
    alive = Q(campaign__ended_at=None) | Q(campaign__ended_at__gt=at)
    rows = CampaignVersion.objects.filter(alive, campaign__merchant_id=merchant_id, campaign__started_at__lte=at)
    newest = rows.filter(at__lte=at).order_by("campaign_id", "-number").distinct("campaign_id")
    return [version for version in newest if version.status in _IN_FORCE]


def purchase_of(earning: Earning) -> Purchase:
    if (captured_at := earning.captured_at) is None:
        raise ValueError(f"{earning.capture_id} was not heard of yet")

    @cache
    def is_first() -> bool:
        """A purchase begins with its first part: what is bought between two of them came later. Those that were
        refunded altogether do not count: a full refund leaves everything as it was before.
        """
        here = Earning.objects.filter(wallet_id=earning.wallet_id, merchant_id=earning.merchant_id)
        stands = here.filter(heard_at__isnull=False).exclude(PointsTakeBack.of_all())
        began = stands.filter(payment_id=earning.payment_id).aggregate(at=Min("captured_at"))["at"] or captured_at
        others = stands.exclude(payment_id=earning.payment_id)
        return not others.filter(captured_at__lt=min(began, captured_at)).exists()

    return Purchase(
        base=earning.base,
        base_before=earning.base_before,
        items=earning.items,
        captured_at=captured_at,
        is_first=is_first,
    )


def earn_by_campaigns(earning: Earning, program: PointsProgram, room: Money, now: datetime) -> list[Extra]:  # noqa: ARG001 (every rule is asked the same way)
    """What the merchant's campaigns would add for this capture. Nothing is reserved before an extra's `grant`."""
    purchase = purchase_of(earning)
    versions = {
        version.campaign_id: version
        for version in versions_in_force(earning.merchant_id, at=purchase.captured_at)
        if may_give(version.terms, purchase)
    }
    campaigns = list(Campaign.objects.filter(pk__in=versions).order_by("id"))
    uses = CampaignUse.objects.filter(campaign__in=campaigns, wallet_id=earning.wallet_id)
    use_of = {use.campaign_id: use for use in uses}
    standings = [
        _standing(campaign, versions[campaign.id], earning, use=use_of.get(campaign.id)) for campaign in campaigns
    ]
    found = awards(purchase, standings, most=room)
    together = sorted(award.campaign_id for award in found)
    return [
        Extra(
            rule_ref=f"{award.campaign_id}:{award.version}",
            source=Source.CAMPAIGN,
            funder=earning.merchant_id,
            amount=award.points,
            grant=partial(_reserve, versions[award.campaign_id], together),
        )
        for award in found
    ]


@transaction_required
def return_to_campaigns(*, capture_id: str) -> None:
    """What refunds of this capture have taken back returns to the budgets, and to what its customer may still get.

    Counted anew from all refunds that were heard of, so doing it twice changes nothing. Call with the earning locked.
    """
    named = CampaignEarning.objects.filter(capture_id=capture_id)
    for campaign in Campaign.locked_all(list(named.values_list("campaign_id", flat=True))):
        earning = named.get(campaign=campaign)
        taken = _taken(capture_id, earning.points)
        if returned := taken - earning.taken:
            was_counted = _is_counted(campaign, earning.payment_id)
            named.filter(campaign=campaign).update(taken_minor=taken.minor)
            gone = was_counted and not _is_counted(campaign, earning.payment_id)
            _count(campaign, earning.wallet_id, -returned, purchases=-1 if gone else 0)


@transaction_required
def _reserve(
    version: CampaignVersion, together: Sequence[str], earning: Earning, amount: Money, now: datetime
) -> Money:
    """As much of `amount` as is still left, out of the budget and the limits; the last one takes what is left.

    Locks all campaigns that give something for this capture, whichever is asked first. What refunds that were heard of
    before the capture take back is not counted at all.
    """
    campaign = next(one for one in Campaign.locked_all(together) if one.id == version.campaign_id)
    if known := CampaignEarning.objects.filter(campaign=campaign, capture_id=earning.capture_id).first():
        return known.points
    use = CampaignUse.objects.filter(campaign=campaign, wallet_id=earning.wallet_id).first()
    standing = _standing(campaign, version, earning, use=use)
    points = min(amount, standing.left)
    if points <= pts(0):
        return pts(0)
    given = CampaignEarning(
        campaign=campaign,
        capture_id=earning.capture_id,
        version=version.number,
        payment_id=earning.payment_id,
        wallet_id=earning.wallet_id,
        points_minor=points.minor,
        taken_minor=_taken(earning.capture_id, points).minor,
        captured_at=purchase_of(earning).captured_at,
    )
    given.save(force_insert=True)
    is_new = not standing.is_counted and given.taken < points
    _count(campaign, earning.wallet_id, points - given.taken, purchases=1 if is_new else 0)
    if campaign.is_exhausted and campaign.status in _MAY_BE_EXHAUSTED:
        campaign.move("exhaust", by=SYSTEM, now=now)
        tell_campaign("campaign.exhausted", campaign, by=SYSTEM, now=now)
    return points


def _standing(campaign: Campaign, version: CampaignVersion, earning: Earning, *, use: CampaignUse | None) -> Standing:
    """The terms are those of the purchase's time; the limits of the whole campaign are those of now. `use` is the
    customer's.
    """
    today = campaign.terms
    return Standing(
        campaign_id=campaign.id,
        version=version.number,
        terms=replace(version.terms, budget=today.budget, most_purchases=today.most_purchases),
        used=campaign.used,
        purchases=campaign.purchases,
        used_by_customer=pts(use.used_minor if use else 0),
        purchases_by_customer=use.purchases if use else 0,
        is_counted=bool(use and earning.payment_id) and _is_counted(campaign, earning.payment_id),
    )


def _count(campaign: Campaign, wallet_id: str, points: Money, *, purchases: int) -> None:
    campaign.count(points, purchases=purchases)
    use = CampaignUse(campaign=campaign, wallet_id=wallet_id)
    insert_once(use)
    use.count(points, purchases=purchases)


def _taken(capture_id: str, points: Money) -> Money:
    return sum((share for _heard, share in PointsTakeBack.shares(capture_id, points)), start=pts(0))


def _is_counted(campaign: Campaign, payment_id: str) -> bool:
    """Whether this payment is among the campaign's purchases: something that it got was not taken back."""
    kept = CampaignEarning.objects.filter(campaign=campaign, payment_id=payment_id)
    return kept.filter(taken_minor__lt=F("points_minor")).exists()
