"""Write down a merchant's campaign: a draft that gives nothing before it is started.

Asking again with the same `campaign_id` and terms gives the first one back, and changes nothing.

Refuses: CampaignsTooMany, CampaignRepeatDiffers, CampaignKindNotPossible, FixedPointsTooMany, CampaignDaysNotPossible,
CampaignNamesBoth, and UnacceptableText for words that hide something.
"""

from datetime import datetime
from typing import Final

from common.actors import Actor
from common.db import transaction
from common.insert_once import insert_once
from points.campaign_telling import audit_campaign
from points.campaigns import Terms
from points.errors import CampaignRepeatDiffers, CampaignsTooMany
from points.models import Campaign
from points.models.campaign import columns_of
from points.services._campaign import checked
from points.states import CampaignStatus

MOST_OPEN: Final = 100
"""So many campaigns of one merchant that have not ended: each of them is looked at for each of its purchases."""


@transaction
def create_campaign(*, campaign_id: str, merchant_id: str, terms: Terms, by: Actor, now: datetime) -> Campaign:
    asked = Campaign(id=campaign_id, merchant_id=merchant_id, created_at=now, **columns_of(checked(terms)))
    if first := Campaign.objects.filter(pk=campaign_id).first():
        return _repeated(first, asked)
    open_ones = Campaign.objects.filter(merchant_id=merchant_id).exclude(status=CampaignStatus.ENDED)
    if open_ones.count() >= MOST_OPEN:
        raise CampaignsTooMany(most=MOST_OPEN)
    if not insert_once(asked):
        return _repeated(Campaign.objects.get(pk=campaign_id), asked)
    asked.remember("create", old="", by=by, now=now)
    audit_campaign("campaign.created", asked, by=by, now=now)
    return asked


def _repeated(first: Campaign, asked: Campaign) -> Campaign:
    as_asked = first.versions.get(number=1).terms
    if first.merchant_id != asked.merchant_id or as_asked != asked.terms:
        raise CampaignRepeatDiffers
    return first
