"""End a campaign for good, or throw a draft away. What it gave stays; purchases from before this moment still count.

Ending one that has ended changes nothing.

Refuses: CampaignNotFound.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.campaign_telling import tell_campaign
from points.models import Campaign
from points.states import CampaignStatus


@transaction
def end_campaign(*, campaign_id: str, by: Actor, now: datetime) -> Campaign:
    campaign = Campaign.locked(campaign_id)
    if campaign.status == CampaignStatus.ENDED:
        return campaign
    campaign.move("end", by=by, now=now, ended_at=now)
    tell_campaign("campaign.ended", campaign, by=by, now=now)
    return campaign
