"""What a purchase would earn, in words, before anybody has bought."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.money import Money, pts
from points.campaign_queries import campaign_of_merchant, campaigns_in_force
from points.campaign_words import conditions, gives
from points.queries import would_earn
from points.states import Source
from points.types import Extra

if TYPE_CHECKING:
    from points.models import Campaign


@dataclass(frozen=True, slots=True)
class Preview:
    """`parts` says what comes from where, if it is more than the base rate."""

    total: Money
    sentence: str
    parts: list[str]


@dataclass(frozen=True, slots=True)
class Told:
    """A campaign as its shop's customers read it."""

    name: str
    gives: str
    conditions: list[str]


def preview_of(  # noqa: PLR0913 (whose purchase, of what, and when)
    *,
    wallet_id: str,
    merchant_id: str,
    base: Money,
    items: Sequence[Mapping[str, Any]] = (),
    campaigns: "Iterable[Campaign]" = (),
    now: datetime,
) -> Preview:
    """`base` is what a card would pay. Nothing is promised: limits and budgets may be used up by the capture. Campaigns
    that the caller has at hand are not asked for again.
    """
    found = would_earn(wallet_id=wallet_id, merchant_id=merchant_id, base=base, items=items, now=now)
    total = sum((extra.amount for extra in found), start=pts(0))
    beyond = any(extra.source != Source.PURCHASE for extra in found)
    names = {campaign.id: campaign.name for campaign in campaigns}
    parts = [_part(_name(extra, merchant_id, names), extra.amount) for extra in found] if beyond else []
    return Preview(total, _sentence(total, base), parts)


def previews_of(
    *, wallet_id: str, merchant_ids: Collection[str], base: Money, now: datetime
) -> dict[str, tuple[Preview, list[Told]]]:
    """`preview_of` at each of these merchants, with what its campaigns promise. Where none is in force a purchase earns
    the same at every shop, so that is asked once.
    """
    campaigns = campaigns_in_force(merchant_ids, now=now)
    quiet = [merchant_id for merchant_id in merchant_ids if merchant_id not in campaigns]
    asked = [*campaigns, *quiet[:1]]
    found = {
        one: preview_of(wallet_id=wallet_id, merchant_id=one, base=base, campaigns=campaigns.get(one, ()), now=now)
        for one in asked
    }
    told = {
        one: [Told(row.name, gives(row.terms), conditions(row.terms)) for row in campaigns[one]] for one in campaigns
    }
    return {one: (found.get(one) or found[quiet[0]], told.get(one, [])) for one in merchant_ids}


def _name(extra: Extra, merchant_id: str, names: Mapping[str, str]) -> str:
    match extra.source:
        case Source.PURCHASE:
            return _("For the purchase")
        case Source.CAMPAIGN:
            campaign_id = extra.rule_ref.partition(":")[0]
            return names.get(campaign_id) or campaign_of_merchant(merchant_id, campaign_id).name
        case Source.TIER:
            return _("For your tier")
        case source:
            return str(source.label)


def _part(name: str, count: Money) -> str:
    return ngettext("{name}: {count} point", "{name}: {count} points", count.minor).format(
        name=name, count=f"{count.minor:,}"
    )


def _sentence(total: Money, base: Money) -> str:
    if not base:
        return _("You earn no points with it: what points pay earns none.")
    if not total:
        return _("You earn no points with it.")
    return ngettext("You will earn {count} point.", "You will earn {count} points.", total.minor).format(
        count=f"{total.minor:,}"
    )
