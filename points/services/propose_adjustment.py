"""Ask for points to be given to a customer (more than zero) or taken from them (less than zero), and say why.

Nothing happens until a second person countersigns it. The same id again answers the first proposal.

Refuses: AdjustmentNotPossible, OwnWallet, and the same id with other parameters (SignatureDiffers).
"""

from datetime import datetime
from typing import Final

from accounts.queries import customer_of_wallet
from common.actors import Actor
from common.db import transaction
from common.money import Money
from common.second_signature import MOST_REASON
from events import services as events
from points.errors import AdjustmentNotPossible
from points.models import PointsAdjustment
from points.services._adjustment import refuse_own_wallet

MOST: Final = 1_000_000


@transaction
def propose_adjustment(  # noqa: PLR0913 (whose, how many, why, and who says so)
    *, adjustment_id: str, wallet_id: str, amount: Money, reason: str, by: Actor, now: datetime
) -> PointsAdjustment:
    why = " ".join(reason.split())
    is_possible = 0 < abs(amount.minor) <= MOST and amount.currency == "PTS" and 0 < len(why) <= MOST_REASON
    if not is_possible or customer_of_wallet(wallet_id) is None:
        raise AdjustmentNotPossible(most=f"{MOST:,}")
    refuse_own_wallet(wallet_id, by=by)
    asked = PointsAdjustment(id=adjustment_id, wallet_id=wallet_id, amount_minor=amount.minor, reason=why)
    if earlier := asked.propose(by=by, now=now):
        return earlier
    facts = {"wallet": wallet_id, "points_minor": amount.minor, "reason": why, "digest": asked.digest}
    events.write_audit("points.adjustment_proposed", subject=asked.id, by=by, at=now, data=facts)
    return asked
