"""A purchase, or a part of it, was refunded: what that earned leaves again, in its exact share (`Stretch`).

Pending points simply go. Live ones go together with their reserve, which falls back to their funding shop. What was
spent or is held by then is taken from the wallet's other live lots, oldest expiry first, and *their* reserve makes up
to the shop that was refunded; nobody is brought below zero. What is still missing is written off: the funding shop
bears it, whose money paid for the points already. (Were it made good by the commerce, a shop and a customer could
refund each other rich.) If points come back to the lot later, they settle that first. What expired before counts last:
it ended in the shop's favour already.

Safe to hear twice, and before the capture itself: then a mark is left, and the capture earns only the rest.
"""

from datetime import datetime

from common.db import transaction
from common.ids import new_id
from common.insert_once import insert_once
from common.money import Money
from ledger import services as ledger
from ledger.states import Reason
from ledger.types import Line
from points.models import PointsLot, PointsTakeBack
from points.postings import ended_lines, taken_from_pending_lines
from points.states import Change, LotStatus
from points.types import Stretch


@transaction
def take_back_points(  # noqa: PLR0913 (which part of which purchase, whose, and why)
    *,
    capture_id: str,
    refund_id: str,
    payment_id: str,
    wallet_id: str,
    merchant_id: str,
    stretch: Stretch = Stretch(),  # noqa: B008 (a value, and frozen: all of it)
    now: datetime,
) -> None:
    heard = PointsTakeBack(
        id=new_id("tbk"),
        source_ref=capture_id,
        refund_id=refund_id,
        start_minor=stretch.start,
        end_minor=stretch.end,
        of_minor=stretch.of,
        heard_at=now,
    )
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
    if not insert_once(heard) or insert_once(mark):
        return
    earned = PointsLot.objects.get(wallet_id=wallet_id, source_ref=capture_id)
    others = PointsLot.locked_spendable(wallet_id, now=now, and_lot=earned.id)
    lot = others.pop(next(place for place, other in enumerate(others) if other.id == earned.id))
    amount = dict(PointsTakeBack.shares(capture_id, lot.earned))[heard]
    if amount and (lines := _take(lot, amount, others, heard=heard, now=now)):
        source_ref = f"{refund_id}:{capture_id}"
        ledger.post_entry(lines=lines, reason=Reason.POINTS_TAKEN_BACK, source_ref=source_ref, now=now)


def _take(
    lot: PointsLot, amount: Money, others: list[PointsLot], *, heard: PointsTakeBack, now: datetime
) -> list[Line]:
    was_pending, own = lot.status == LotStatus.PENDING, min(amount, lot.remaining)
    missing = min(amount - own, lot.out)
    lent = []
    for other in others:
        if share := min(other.remaining, missing):
            lent.append((other, share))
            lot.borrowed_minor += share.minor
            missing -= share
    lot.taken_back_at = now
    lot.shift(Change.TAKEN_BACK, own, source_ref=heard.refund_id, now=now)
    if was_pending:
        return taken_from_pending_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=own)
    lines = _ended(lot, own, in_favour_of=lot.merchant_id) if own else []
    for other, share in lent:
        other.shift(
            Change.LENT,
            share,
            source_ref=heard.refund_id,
            payment_id=lot.payment_id,
            merchant_id=lot.merchant_id,
            now=now,
        )
        lines += _ended(other, share, in_favour_of=lot.merchant_id)
    if missing:
        lot.written_off_minor += missing.minor
        lot.shift(Change.WRITTEN_OFF, missing, source_ref=heard.refund_id, now=now)
    return lines


def _ended(lot: PointsLot, amount: Money, *, in_favour_of: str) -> list[Line]:
    return ended_lines(wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=amount, in_favour_of=in_favour_of)
