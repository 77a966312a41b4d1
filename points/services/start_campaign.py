"""Let a campaign give its points: at once, or from its first day on (then it is scheduled, and begins by itself).

Also after a pause, and after it was used up, when something is left to give again. Starting one that was started
already changes nothing.

Refuses: CampaignNotFound, TransitionRefused (ended), CampaignIsOver, CampaignIsUsedUp, CampaignShopNotOpen.
"""

from datetime import datetime

from common.actors import Actor
from common.clock import business_date
from common.db import transaction
from points.campaign_telling import tell_campaign
from points.models import Campaign
from points.services._campaign import begins_later, refuse_to_start
from points.states import CampaignStatus


@transaction
def start_campaign(*, campaign_id: str, by: Actor, now: datetime) -> Campaign:
    campaign = Campaign.locked(campaign_id)
    if campaign.status in {CampaignStatus.SCHEDULED, CampaignStatus.RUNNING}:
        return campaign
    if campaign.status != CampaignStatus.ENDED:
        refuse_to_start(campaign, now=now)
    later = begins_later(campaign, today=business_date(now))
    campaign.move("schedule" if later else "start", by=by, now=now, started_at=campaign.started_at or now)
    tell_campaign("campaign.changed" if later else "campaign.started", campaign, by=by, now=now)
    return campaign
