"""Follow the calendar: campaigns whose first day has come begin, those whose last day is over end.

One campaign, one transaction. Nothing depends on the minute: which purchases count is judged by the days in the terms.
Answers how many campaigns changed.
"""

import logging
from datetime import datetime

from django.db.models import Q

from common.actors import SYSTEM
from common.clock import business_date
from common.db import transaction
from points.campaign_telling import tell_campaign
from points.models import Campaign
from points.services._campaign import begins_later
from points.states import CampaignStatus

logger = logging.getLogger(__name__)

_STARTED = [CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.EXHAUSTED]


def keep_campaigns(*, now: datetime) -> int:
    today = business_date(now)
    begun = Q(status=CampaignStatus.SCHEDULED) & (Q(starts_on=None) | Q(starts_on__lte=today))
    over = Q(status__in=_STARTED, ends_before__lte=today)
    due = Campaign.objects.filter(begun | over).order_by("id").values_list("id", flat=True)
    done = 0
    for campaign_id in list(due):
        try:
            done += _keep(campaign_id, now=now)
        except Exception:
            logger.exception("campaign %s could not follow the calendar", campaign_id)
    return done


@transaction
def _keep(campaign_id: str, *, now: datetime) -> bool:
    campaign, today = Campaign.locked(campaign_id), business_date(now)
    if campaign.status in _STARTED and campaign.terms.is_over_on(today):
        campaign.move("end", by=SYSTEM, now=now, ended_at=now)
        tell_campaign("campaign.ended", campaign, by=SYSTEM, now=now)
        return True
    if campaign.status == CampaignStatus.SCHEDULED and not begins_later(campaign, today=today):
        campaign.move("start", by=SYSTEM, now=now)
        tell_campaign("campaign.started", campaign, by=SYSTEM, now=now)
        return True
    return False  # somebody else was faster
