"""Stop a campaign for a while. Purchases from this moment on earn nothing from it; those from before still do, however
late they are heard of. Pausing a paused one changes nothing.

Refuses: CampaignNotFound, TransitionRefused (a draft, used up, ended).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.campaign_telling import tell_campaign
from points.models import Campaign
from points.states import CampaignStatus


@transaction
def pause_campaign(*, campaign_id: str, by: Actor, now: datetime) -> Campaign:
    campaign = Campaign.locked(campaign_id)
    if campaign.status == CampaignStatus.PAUSED:
        return campaign
    campaign.move("pause", by=by, now=now)
    tell_campaign("campaign.paused", campaign, by=by, now=now)
    return campaign
