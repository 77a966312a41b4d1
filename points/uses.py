"""What the verbs about a payment's points share: its uses with their lots locked, and points that come back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from common.money import Money, pts
from ledger import services as ledger
from ledger.states import Reason
from points.models import PointsLot, PointsUse
from points.postings import ended_lines
from points.states import Change, UseStatus


def locked_uses(payment_id: str, status: UseStatus) -> list[PointsUse]:
    """The payment's uses in this state, each with its lot locked (in id order, before the uses are read for good)."""
    named = PointsUse.objects.filter(payment_id=payment_id, status=status)
    lots = PointsLot.locked(set(named.values_list("lot_id", flat=True)))
    uses = [use for use in named.order_by("id") if use.lot_id in lots]
    for use in uses:
        use.lot = lots[use.lot_id]
    return uses


def first_of(uses: Iterable[PointsUse], amount: Money) -> list[tuple[PointsUse, Money]]:
    """How much of each of these uses makes up `amount`, taken in this order."""
    shares, missing = [], amount
    for use in uses:
        if share := min(use.amount, missing):
            shares.append((use, share))
            missing -= share
    if missing:
        raise ValueError(f"{missing} more than these uses have")
    return shares


def settle_what_was_written_off(lots: Sequence[PointsLot], *, now: datetime) -> None:
    """Points came back to these lots. Where the lot's own purchase had been refunded while they were spent, they leave
    again at once, and their reserve falls to the shop that had to bear them: a refund undoes that too.
    """
    for lot in lots:
        due = min(lot.remaining, pts(lot.written_off_minor))
        if not due:
            continue
        lot.written_off_minor -= due.minor
        lot.shift(Change.TAKEN_BACK, due, source_ref=lot.id, now=now)
        ledger.post_entry(
            lines=ended_lines(
                wallet_id=lot.wallet_id, funder=lot.merchant_id, amount=due, in_favour_of=lot.merchant_id
            ),
            reason=Reason.POINTS_TAKEN_BACK,
            source_ref=f"{lot.id}:{lot.version}",
            now=now,
        )
