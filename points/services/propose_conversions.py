"""Ask for a merchant to be let take its old points over, within limits, or within other ones; and say why.

Nothing happens until a second person countersigns it: each point within the limits can be spent at every shop as soon
as this one asks for it. The same id again answers the first proposal.

Refuses: MerchantNotFound, ConversionLimitsNotPossible, UnacceptableText, and the same id with other parameters
(SignatureDiffers).
"""

from datetime import datetime
from typing import Final

from common.actors import Actor
from common.db import transaction
from common.money import Money
from common.text import clean_line
from events import services as events
from merchants.queries import merchant_by_id
from points.errors import ConversionLimitsNotPossible
from points.models import ConversionsProposal

MOST_PER_MONTH: Final = 1_000_000_000


@transaction
def propose_conversions(  # noqa: PLR0913 (whom, how much, why, and who says so)
    *,
    proposal_id: str,
    merchant_id: str,
    most_each: Money,
    most_per_month: Money,
    reason: str,
    by: Actor,
    now: datetime,
) -> ConversionsProposal:
    merchant, why = merchant_by_id(merchant_id), clean_line(reason, 200)
    if not 1 <= most_each.minor <= most_per_month.minor <= MOST_PER_MONTH:
        raise ConversionLimitsNotPossible(most=f"{MOST_PER_MONTH:,}")
    asked = ConversionsProposal(
        id=proposal_id,
        merchant_id=merchant.id,
        most_each_minor=most_each.minor,
        most_per_month_minor=most_per_month.minor,
        reason=why,
    )
    if earlier := asked.propose(by=by, now=now):
        return earlier
    facts = {
        "merchant": merchant.id,
        "most_each_minor": most_each.minor,
        "most_per_month_minor": most_per_month.minor,
        "reason": why,
        "digest": asked.digest,
    }
    events.write_audit("points_conversion.proposed", subject=asked.id, by=by, at=now, data=facts)
    return asked
