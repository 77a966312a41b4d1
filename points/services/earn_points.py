"""Let a wallet earn points for a capture: pending at first, live when the return window is over.

`base` is the money part only; the program's rate is applied and rounded down, so a thousand purchases of one yen earn
nothing. A payment that is captured in parts is rounded once over all of them: `base_before` is what earlier captures
took. Only yen earn. The times count from `captured_at`, however late this is heard. The same capture again changes
nothing. What was refunded, and was heard of first, leaves again at once. Answers the lot, or None when nothing was
earned.
"""

from datetime import datetime

from common.db import transaction
from common.insert_once import insert_once
from common.money import Money, pts, yen
from ledger import services as ledger
from ledger.states import Reason
from merchants.queries import merchant_by_id
from points.dates import available_from, expiry_of
from points.models import PointsLot, PointsProgram, PointsTakeBack
from points.postings import earned_lines, taken_from_pending_lines
from points.states import Change


@transaction
def earn_points(  # noqa: PLR0913 (what was bought, where, by whom and when)
    *,
    capture_id: str,
    payment_id: str,
    wallet_id: str,
    merchant_id: str,
    base: Money,
    base_before: Money = yen(0),  # noqa: B008 (a value, and frozen)
    captured_at: datetime,
    now: datetime,
) -> PointsLot | None:
    program = PointsProgram.current()
    if base.currency != "JPY":
        return None
    earned = _floored(base_before + base, program) - _floored(base_before, program)
    if earned <= pts(0):
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
        return _earn_the_rest(lot, now=now)
    lot.note(Change.EARNED, earned, source_ref=capture_id, now=now)
    _post(lot, now=now)
    return lot


def _floored(base: Money, program: PointsProgram) -> Money:
    return pts(base.basis_points_floored(program.earn_basis_points).minor)


def _earn_the_rest(asked: PointsLot, *, now: datetime) -> PointsLot:
    """It was earned before, or a refund was heard of first and left its mark in this place."""
    known = PointsLot.objects.get(wallet_id=asked.wallet_id, source_ref=asked.source_ref)
    lot = PointsLot.locked([known.id])[known.id]
    if lot.earned_minor:
        return lot
    refunds = PointsTakeBack.shares(lot.source_ref, asked.earned)
    if not refunds or sum((share for _heard, share in refunds), start=pts(0)) == asked.earned:
        return lot  # all of the purchase was refunded: it earns nothing
    lot.earn(
        earned_minor=asked.earned_minor,
        remaining_minor=asked.earned_minor,
        earned_at=asked.earned_at,
        available_from=asked.available_from,
        expires_at=asked.expires_at,
        now=now,
    )
    _post(lot, now=now)
    for heard, share in refunds:
        if share:
            lot.shift(Change.TAKEN_BACK, share, source_ref=heard.refund_id, now=now)
            ledger.post_entry(
                lines=taken_from_pending_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=share),
                reason=Reason.POINTS_TAKEN_BACK,
                source_ref=f"{heard.refund_id}:{lot.source_ref}",
                now=now,
            )
    return lot


def _post(lot: PointsLot, *, now: datetime) -> None:
    ledger.post_entry(
        lines=earned_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=lot.earned),
        reason=Reason.POINTS_EARNED,
        source_ref=lot.source_ref,
        now=now,
    )
