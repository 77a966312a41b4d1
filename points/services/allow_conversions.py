"""Staff let a merchant have its old points taken over, within limits: each point is a debt of a yen from that moment.

Allowing again changes the limits. Audited with the reason. The step behind the second signature, and for the command
on the operator's own machine; never for a page.

Refuses: UnacceptableText, MerchantNotFound.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from common.text import clean_line
from merchants.queries import merchant_by_id
from points.models import ConversionPermit
from points.telling import tell


@transaction
def allow_conversions(  # noqa: PLR0913 (whom, how much and why)
    *, merchant_id: str, most_each: Money, most_per_month: Money, reason: str, by: Actor, now: datetime
) -> ConversionPermit:
    merchant, why = merchant_by_id(merchant_id), clean_line(reason, 200)
    permit, _created = ConversionPermit.objects.update_or_create(
        merchant_id=merchant.id,
        defaults={
            "is_open": True,
            "most_each_minor": most_each.minor,
            "most_per_month_minor": most_per_month.minor,
            "reason": why,
            "changed_by": by.ref,
            "changed_at": now,
        },
    )
    facts = {
        "merchant": merchant.id,
        "most_each_minor": most_each.minor,
        "most_per_month_minor": most_per_month.minor,
        "reason": why,
    }
    tell("points_conversion.allowed", subject=merchant.id, by=by, at=now, facts=facts)
    return permit
