"""A purchase, or a part of it, was refunded: what that earned leaves again, each of its lots in its exact share
(`Stretch`).

Pending points simply go. Live ones go together with their reserve, which falls back to their funder. What was spent, is
held or was moved away by then is taken from the wallet's other live lots, oldest expiry first, and *their* reserve
makes up to the funder of the refunded ones. What is still missing the wallet owes, up to the program's limit, and its
next points make up for it. The rest is written off: the funder bears it, whose money paid for the points already. (Were
it made good by the commerce, a shop and a customer could refund each other rich.) If points come back to the lot later,
all that is undone in the opposite order. What expired before counts last: it ended in the funder's favour already.

Safe to hear twice, and before the capture itself: then a mark is left, and the capture earns only the rest.
"""

from datetime import datetime

from common.db import transaction
from common.insert_once import insert_once
from common.money import Money
from ledger import services as ledger
from ledger.states import Reason
from points.campaign_earnings import return_to_campaigns
from points.debts import lend, owe
from points.locks import lock_wallets
from points.models import Earning, PointsLot, PointsTakeBack
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
    mark = Earning(capture_id=capture_id, wallet_id=wallet_id, payment_id=payment_id, merchant_id=merchant_id)
    insert_once(mark)
    earning = Earning.locked(capture_id)
    heard = PointsTakeBack(
        source_ref=capture_id,
        refund_id=refund_id,
        start_minor=stretch.start,
        end_minor=stretch.end,
        of_minor=stretch.of,
        heard_at=now,
    )
    if not insert_once(heard) or not earning.heard_at:
        return
    return_to_campaigns(capture_id=capture_id)
    lock_wallets([earning.wallet_id])
    _take_from_all(PointsLot.of_capture(earning), heard=heard, now=now)


def _take_from_all(earned: list[PointsLot], *, heard: PointsTakeBack, now: datetime) -> None:
    """First of each lot what it has left itself, so that none lends what it must give up as well."""
    if not earned:
        return
    spendable = PointsLot.locked_spendable(earned[0].wallet_id, now=now, and_lots=[lot.id for lot in earned])
    locked = {lot.id: lot for lot in spendable}
    missing = {lot.id: _take_own(locked[lot.id], heard=heard, now=now) for lot in earned}
    # Of the capture's own lots one may be pending yet, or its day over.
    lenders = [lot for lot in spendable if lot.status == LotStatus.LIVE and lot.expires_at > now]
    for lot_id, amount in missing.items():
        if amount:
            _take_elsewhere(locked[lot_id], amount, lenders, heard=heard, now=now)


def _take_own(lot: PointsLot, *, heard: PointsTakeBack, now: datetime) -> Money:
    """Answers what is missing of the share and is in use somewhere."""
    amount = dict(PointsTakeBack.shares(heard.source_ref, lot.earned))[heard]
    own, was_pending, funder = min(amount, lot.remaining), lot.status == LotStatus.PENDING, lot.funder
    if own:
        lot.taken_back_at = now
        lot.shift(Change.TAKEN_BACK, own, source_ref=heard.refund_id, now=now)
        lines = (
            taken_from_pending_lines(
                wallet_id=lot.wallet_id, funder=funder, amount=own, funded=lot.funded_at is not None
            )
            if was_pending
            else ended_lines(wallet_id=lot.wallet_id, funder=funder, amount=own, in_favour_of=funder)
        )
        ledger.post_entry(
            lines=lines, reason=Reason.POINTS_TAKEN_BACK, source_ref=f"{heard.refund_id}:{lot.id}", now=now
        )
    return min(amount - own, lot.out)


def _take_elsewhere(
    lot: PointsLot, missing: Money, lenders: list[PointsLot], *, heard: PointsTakeBack, now: datetime
) -> None:
    before = lot.borrowed_minor
    lot.taken_back_at = now
    lines = lend(lot, missing, lenders, source_ref=heard.refund_id, now=now)
    lot.shift(Change.TAKEN_BACK, lot.earned - lot.earned, source_ref=heard.refund_id, now=now)
    if lines:
        source_ref = f"{heard.refund_id}:{lot.id}:lent"
        ledger.post_entry(lines=lines, reason=Reason.POINTS_TAKEN_BACK, source_ref=source_ref, now=now)
    if still := missing.minor - (lot.borrowed_minor - before):
        owe(lot, Money(still, missing.currency), source_ref=heard.refund_id, now=now)
