"""A refund returns the points that the payment was paid with: to the lots they came from, with the same expiry.

Points whose day has passed meanwhile come back too, and expire on the next run. A payment whose points were given back
before, or that redeemed none, changes nothing.
"""

from datetime import datetime

from common.db import transaction_required
from ledger import services as ledger
from ledger.states import Reason
from points.postings import given_back_lines
from points.states import Change, UseStatus
from points.uses import locked_uses, settle_what_was_written_off


@transaction_required
def give_back_points(*, payment_id: str, refund_id: str, now: datetime) -> None:
    uses = locked_uses(payment_id, UseStatus.REDEEMED)
    if not uses:
        return
    for use in uses:
        use.lot.shift(
            Change.GIVEN_BACK,
            use.amount,
            source_ref=refund_id,
            payment_id=payment_id,
            merchant_id=use.at_merchant_id,
            now=now,
        )
        use.move("give_back", now=now)
    ledger.post_entry(
        lines=given_back_lines(
            wallet_id=uses[0].wallet_id,
            shares=[(use.lot.merchant_id, use.amount) for use in uses],
            at_merchant=uses[0].at_merchant_id,
        ),
        reason=Reason.POINTS_GIVEN_BACK,
        source_ref=refund_id,
        now=now,
    )
    settle_what_was_written_off([use.lot for use in uses], now=now)
