"""A merchant left: all its campaigns end. What they gave stays. Twice changes nothing; answers how many ended."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.campaign_telling import tell_campaign
from points.models import Campaign
from points.states import CampaignStatus


@transaction
def end_campaigns_of(*, merchant_id: str, by: Actor, now: datetime) -> int:
    open_ones = Campaign.objects.filter(merchant_id=merchant_id).exclude(status=CampaignStatus.ENDED)
    ended = 0
    for campaign in Campaign.locked_all(list(open_ones.values_list("id", flat=True))):
        if campaign.status != CampaignStatus.ENDED:
            campaign.move("end", by=by, now=now, ended_at=now)
            tell_campaign("campaign.ended", campaign, by=by, now=now)
            ended += 1
    return ended
