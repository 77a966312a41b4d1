"""The mail about a campaign that has given all it had. Queued in the commit of its handler: heard twice, sent once."""

from datetime import datetime

from django.conf import settings

from common.db import transaction_required
from common.money import yen
from events import services as events
from merchants.queries import members_of
from merchants.states import ROLE_MAY, May, MemberStatus, Role
from points.models import Campaign


@transaction_required
def mail_about_used_up_campaign(*, campaign_id: str, now: datetime) -> None:
    campaign = Campaign.objects.get(pk=campaign_id)
    for member in members_of(campaign.merchant_id):
        if member.status != MemberStatus.ACTIVE or May.POINTS_WRITE not in ROLE_MAY[Role(member.role)]:
            continue
        events.queue_mail(
            to=member.email,
            template="campaign_used_up",
            language=member.user.language if member.user else settings.LANGUAGE_CODE,
            context={
                "campaign_name": campaign.name,
                "campaign_id": campaign.id,
                "points": f"{campaign.used_minor:,}",
                "purchases": f"{campaign.purchases:,}",
                "budget": str(yen(campaign.budget_minor)),
                "dashboard_url": (
                    f"{settings.BASE_URL}/dashboard/{campaign.merchant_id}/points/campaigns/{campaign.id}"
                ),
            },
            now=now,
        )
