"""Let a wallet earn points for a capture: pending at first, live when the return window is over.

`base` is the money part only; the program's rate is applied and rounded down, so a thousand purchases of one yen earn
nothing. Only yen earn. The times count from `captured_at`, however late this is heard. The same capture again changes
nothing, and neither does a capture whose refund was heard of first. Answers the lot, or None when nothing was earned.
"""

from datetime import datetime

from common.db import transaction
from common.insert_once import insert_once
from common.money import Money, pts
from ledger import services as ledger
from ledger.states import Reason
from merchants.queries import merchant_by_id
from points.dates import available_from, expiry_of
from points.models import PointsLot, PointsProgram
from points.postings import earned_lines
from points.states import Change


@transaction
def earn_points(  # noqa: PLR0913 (what was bought, where, by whom and when)
    *,
    capture_id: str,
    payment_id: str,
    wallet_id: str,
    merchant_id: str,
    base: Money,
    captured_at: datetime,
    now: datetime,
) -> PointsLot | None:
    program = PointsProgram.current()
    earned = pts(base.basis_points_floored(program.earn_basis_points).minor)
    if base.currency != "JPY" or earned <= pts(0):
        return None
    window_days = max(program.return_window_days, merchant_by_id(merchant_id).return_window_days)
    live_from = available_from(captured_at, window_days=window_days)
    lot = PointsLot(
        wallet_id=wallet_id,
        source_ref=capture_id,
        payment_id=payment_id,
        merchant_id=merchant_id,
        earned_minor=earned.minor,
        remaining_minor=earned.minor,
        earned_at=captured_at,
        available_from=live_from,
        expires_at=expiry_of(live_from, months=program.expiry_months),
    )
    if not insert_once(lot):
        return PointsLot.objects.get(wallet_id=wallet_id, source_ref=capture_id)
    lot.note(Change.EARNED, earned, source_ref=capture_id, now=now)
    ledger.post_entry(
        lines=earned_lines(wallet_id=wallet_id, funder=merchant_id, amount=earned),
        reason=Reason.POINTS_EARNED,
        source_ref=capture_id,
        now=now,
    )
    return lot
