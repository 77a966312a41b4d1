"""Change what a campaign promises, from this moment on: purchases from before are judged by the version of their time.

`changes` are members of `Terms` by name; those that are left out stay, and what changes nothing is no version. The
first day stays as it is once the campaign has begun. A campaign that is used up stays so until it is started again.
`version` is the one that the caller looked at: whoever names it writes over nobody else's change.

Refuses: CampaignNotFound, CampaignChangedMeanwhile, TransitionRefused (ended), CampaignLimitTooLow,
CampaignKindNotPossible, FixedPointsTooMany, CampaignDaysNotPossible, CampaignNamesBoth, UnacceptableText.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from common.actors import Actor
from common.db import transaction
from common.states import TransitionRefused
from points.campaign_telling import audit_campaign, tell_campaign
from points.errors import CampaignChangedMeanwhile, CampaignDaysNotPossible
from points.models import Campaign
from points.services._campaign import checked, refuse_below_its_use
from points.states import CampaignStatus


@transaction
def change_campaign(
    *, campaign_id: str, changes: Mapping[str, Any], version: int | None = None, by: Actor, now: datetime
) -> Campaign:
    campaign = Campaign.locked(campaign_id)
    new = checked(replace(campaign.terms, **changes))
    if new == campaign.terms:
        return campaign
    if version not in {None, campaign.version}:
        raise CampaignChangedMeanwhile(version=campaign.version)
    if campaign.status == CampaignStatus.ENDED:
        raise TransitionRefused(current=CampaignStatus.ENDED, verb="change")
    not_begun = {CampaignStatus.DRAFT, CampaignStatus.SCHEDULED}
    if campaign.status not in not_begun and new.starts_on != campaign.starts_on:
        raise CampaignDaysNotPossible
    refuse_below_its_use(campaign, new)
    campaign.change(new, by=by, now=now)
    if campaign.status == CampaignStatus.DRAFT:
        audit_campaign("campaign.changed", campaign, by=by, now=now)
    else:
        tell_campaign("campaign.changed", campaign, by=by, now=now)
    return campaign
