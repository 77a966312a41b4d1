"""What the verbs of campaigns have in common: which terms are possible, and what stands against a start."""

from dataclasses import replace
from datetime import date, datetime

from common.clock import business_date
from common.money import MOST_MINOR, Money, pts, yen
from common.text import clean_line
from merchants.queries import merchant_by_id
from merchants.states import MerchantStatus
from points.campaigns import MOST_BASIS_POINTS, Terms
from points.errors import (
    CampaignDaysNotPossible,
    CampaignIsOver,
    CampaignIsUsedUp,
    CampaignKindNotPossible,
    CampaignLimitTooLow,
    CampaignNamesBoth,
    CampaignShopNotOpen,
    FixedPointsTooMany,
)
from points.models import Campaign
from points.states import CampaignKind

MOST_NAME = 80
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""The calendar ends where dates do, and so does adding a day to them."""


def checked(terms: Terms) -> Terms:
    """The same terms with their words made inert. Refuses what no campaign can promise, whoever asks for it."""
    is_rate = terms.kind == CampaignKind.RATE
    if is_rate != (terms.rate_basis_points is not None) or is_rate != (terms.points is None):
        raise CampaignKindNotPossible
    if terms.rate_basis_points is not None and not 1 <= terms.rate_basis_points <= MOST_BASIS_POINTS:
        raise CampaignKindNotPossible
    if terms.points is not None:
        _refuse_more_than_a_fifth(terms.points, of=terms.minimum_spend)
    if terms.starts_on and terms.ends_before and terms.ends_before <= terms.starts_on:
        raise CampaignDaysNotPossible
    if not all(FIRST_DAY <= day <= LAST_DAY for day in (terms.starts_on, terms.ends_before) if day):
        raise CampaignDaysNotPossible
    if terms.skus and terms.categories:
        raise CampaignNamesBoth
    if not 1 <= terms.budget.minor <= MOST_MINOR:
        raise CampaignLimitTooLow(used="0", purchases="0")
    return replace(
        terms,
        name=clean_line(terms.name, MOST_NAME),
        skus=tuple(clean_line(sku, 64) for sku in terms.skus),
        categories=tuple(clean_line(category, 64) for category in terms.categories),
        weekdays=tuple(sorted(set(terms.weekdays))),
    )


def _refuse_more_than_a_fifth(points: Money, *, of: Money) -> None:
    least = yen(points.minor * 5)
    if points < pts(1):
        raise CampaignKindNotPossible
    if of < least:
        raise FixedPointsTooMany(points=f"{points.minor:,}", least=str(least))


def refuse_below_its_use(campaign: Campaign, terms: Terms) -> None:
    too_many = terms.most_purchases is not None and terms.most_purchases < campaign.purchases
    if terms.budget.minor < campaign.used_minor or too_many:
        raise CampaignLimitTooLow(used=f"{campaign.used_minor:,}", purchases=f"{campaign.purchases:,}")


def refuse_to_start(campaign: Campaign, *, now: datetime) -> None:
    """What stands against giving points from now on, or from its first day on."""
    if merchant_by_id(campaign.merchant_id).status != MerchantStatus.ADMITTED:
        raise CampaignShopNotOpen
    if campaign.terms.is_over_on(business_date(now)):
        raise CampaignIsOver
    if campaign.is_exhausted:
        raise CampaignIsUsedUp


def begins_later(campaign: Campaign, *, today: date) -> bool:
    return campaign.starts_on is not None and campaign.starts_on > today
