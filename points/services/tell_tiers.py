"""Tell by mail, once, which tier somebody has for the new year. Whoever is a plain member is told nothing.

A page of mails at a time, each in the commit that notes it, so twice is harmless. Answers how many were told.
"""

from datetime import datetime
from typing import Final

from django.conf import settings

from accounts.queries import customers_of_wallets
from common.db import transaction
from common.money import percent_text, yen
from events import services as events
from points.models import PointsProgram, TierStanding
from points.states import TierName
from points.tiers import extra_of

_PAGE: Final = 500


def tell_tiers(*, now: datetime) -> int:
    told = 0
    while page := _tell_some(now=now):
        told += page
    return told


@transaction
def _tell_some(*, now: datetime) -> int:
    untold = TierStanding.objects.filter(told_at=None).exclude(tier=TierName.MEMBER)
    page = list(untold.order_by("id").select_for_update(skip_locked=True, no_key=True)[:_PAGE])
    customers, program = customers_of_wallets({row.wallet_id for row in page}), PointsProgram.at(now)
    for row in page:
        if customer := customers.get(row.wallet_id):
            events.queue_mail(
                to=customer.user.email,
                template="tier_reached",
                language=customer.user.language,
                context={
                    "customer_name": customer.display_name,
                    "tier_name": TierName(row.tier).label,
                    "year": row.year,
                    "kept_year": row.year + 1,
                    "spent": str(yen(row.spent_minor)),
                    "percent": percent_text(extra) if (extra := extra_of(TierName(row.tier), program)) else "",
                    "points_url": f"{settings.BASE_URL}/points",
                },
                now=now,
            )
    TierStanding.objects.filter(pk__in=[row.pk for row in page]).update(told_at=now)
    return len(page)
