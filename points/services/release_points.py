"""The payment did not happen: what was held for it can be spent again, with the same expiry.

Points whose day has passed meanwhile end at once, also where a refund gave others of their lot some days of grace. A
payment that holds nothing changes nothing.
"""

from datetime import datetime

from common.db import transaction_required
from ledger import services as ledger
from points.debts import expire_released, recover_owed, settle
from points.states import Change, UseStatus
from points.uses import locked_uses


@transaction_required
def release_points(*, payment_id: str, now: datetime) -> None:
    uses = locked_uses(payment_id, UseStatus.HELD, and_wallet=True)
    for use in uses:
        use.lot.shift(Change.RELEASED, use.amount, source_ref=payment_id, payment_id=payment_id, now=now)
        use.move("release", now=now)
    for hold_id in {use.hold_id for use in uses}:
        ledger.release_hold(hold_id=hold_id, now=now)
    if uses:
        expire_released(uses, now=now)
        settle([use.lot for use in uses], now=now)
        recover_owed(uses[0].wallet_id, source_ref=payment_id, now=now)
