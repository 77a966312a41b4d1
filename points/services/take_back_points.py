"""A purchase was refunded: what it earned leaves again.

Pending points simply go. Live ones go together with their reserve, which falls back to their funding shop. What was
spent or is held by then is taken from the wallet's other live lots, oldest expiry first, and *their* reserve makes up
to the shop that was refunded; nobody is brought below zero. What is still missing is written off: the funding shop
bears it, whose money paid for the points already. (Were it made good by the commerce, a shop and a customer could
refund each other rich.) If points come back to the lot later, they settle that first.

Safe to hear twice, and before the capture itself: then a mark is left, and the capture earns nothing.
"""

from datetime import datetime

from common.db import transaction
from common.insert_once import insert_once
from common.money import Money, pts
from ledger import services as ledger
from ledger.states import Reason
from ledger.types import Line
from points.models import PointsLot
from points.postings import ended_lines, taken_from_pending_lines
from points.states import Change, LotStatus


@transaction
def take_back_points(  # noqa: PLR0913 (which purchase, whose, and why)
    *, capture_id: str, refund_id: str, payment_id: str, wallet_id: str, merchant_id: str, now: datetime
) -> None:
    mark = PointsLot(
        wallet_id=wallet_id,
        source_ref=capture_id,
        payment_id=payment_id,
        merchant_id=merchant_id,
        status=LotStatus.TAKEN_BACK,
        earned_minor=0,
        remaining_minor=0,
        earned_at=now,
        available_from=now,
        expires_at=now,
        taken_back_at=now,
    )
    if insert_once(mark):
        return
    earned = PointsLot.objects.get(wallet_id=wallet_id, source_ref=capture_id)
    others = PointsLot.locked_spendable(wallet_id, now=now, and_lot=earned.id)
    lot = others.pop(next(place for place, other in enumerate(others) if other.id == earned.id))
    if lot.taken_back_at is not None:
        return
    lot.taken_back_at = now
    if lines := _take(lot, others, refund_id=refund_id, now=now):
        ledger.post_entry(lines=lines, reason=Reason.POINTS_TAKEN_BACK, source_ref=refund_id, now=now)


def _take(lot: PointsLot, others: list[PointsLot], *, refund_id: str, now: datetime) -> list[Line]:
    left, was_pending = lot.remaining, lot.status == LotStatus.PENDING
    lot.shift(Change.TAKEN_BACK, left, source_ref=refund_id, now=now)
    if was_pending:
        return taken_from_pending_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=left)
    lines = _ended(lot, left, in_favour_of=lot.merchant_id) if left else []
    missing = pts(lot.held_minor + lot.redeemed_minor + lot.lent_minor)
    for other in others:
        if share := min(other.remaining, missing):
            other.shift(
                Change.LENT,
                share,
                source_ref=refund_id,
                payment_id=lot.payment_id,
                merchant_id=lot.merchant_id,
                now=now,
            )
            lines += _ended(other, share, in_favour_of=lot.merchant_id)
            missing -= share
    if missing:
        lot.written_off_minor += missing.minor
        lot.shift(Change.WRITTEN_OFF, missing, source_ref=refund_id, now=now)
    return lines


def _ended(lot: PointsLot, amount: Money, *, in_favour_of: str) -> list[Line]:
    return ended_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=amount, in_favour_of=in_favour_of)
