"""Pay with the points that are held for a payment: each lot's funding shop pays the shop where they are spent.

A payment without points, and one whose points were redeemed before, changes nothing.

Refuses: NothingHeld when the points were released.
"""

from datetime import datetime

from common.db import transaction_required
from ledger import services as ledger
from ledger.states import Reason
from points.errors import NothingHeld
from points.models import PointsUse
from points.postings import REDEEMED, redeemed_lines
from points.states import Change, UseStatus
from points.uses import locked_uses


@transaction_required
def redeem_points(*, payment_id: str, at_merchant_id: str, now: datetime) -> None:
    uses = locked_uses(payment_id, UseStatus.HELD)
    if not uses:
        return _nothing_to_redeem(payment_id)
    for use in uses:
        use.lot.shift(
            Change.REDEEMED,
            use.amount,
            source_ref=payment_id,
            payment_id=payment_id,
            merchant_id=at_merchant_id,
            now=now,
        )
        use.move("redeem", at_merchant_id=at_merchant_id, now=now)
    (hold_id,) = {use.hold_id for use in uses}
    reason = Reason.POINTS_REDEEMED
    ledger.post_hold(hold_id=hold_id, credit=REDEEMED, reason=reason, source_ref=hold_id, now=now)
    ledger.post_entry(
        lines=redeemed_lines(shares=[(use.lot.merchant_id, use.amount) for use in uses], at_merchant=at_merchant_id),
        reason=reason,
        source_ref=payment_id,
        now=now,
    )
    return None


def _nothing_to_redeem(payment_id: str) -> None:
    earlier = set(PointsUse.objects.filter(payment_id=payment_id).values_list("status", flat=True))
    if earlier and UseStatus.REDEEMED not in earlier:
        raise NothingHeld
