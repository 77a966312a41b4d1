"""How what happened to a campaign is told: an event for its merchant, and a line in the audit chain."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction_required
from events import services as events
from points.campaign_queries import campaign_snapshot
from points.models import Campaign


@transaction_required
def tell_campaign(what: str, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    events.record_event(
        what,
        subject=campaign.id,
        owner_ref=campaign.merchant_id,
        by=by,
        at=now,
        data=campaign_snapshot(campaign),
        facts={"campaign": campaign.id, "merchant": campaign.merchant_id},
    )
    audit_campaign(what, campaign, by=by, now=now)


@transaction_required
def audit_campaign(what: str, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """It spends its merchant's money: who changed what is never forgotten. The terms stand in the versions."""
    facts = {"merchant": campaign.merchant_id, "version": campaign.version, "budget_minor": campaign.budget_minor}
    events.write_audit(what, subject=campaign.id, by=by, at=now, data=facts)
