"""Points that have to be taken back and were spent by then: who makes up for them, and what if they come back.

Other live lots of the wallet lend theirs, oldest expiry first. What they cannot, the wallet owes, up to the program's
limit, and the next points make up for it. The rest is written off. When spent points come back, all of this is undone
in the opposite order, so that refunds in any order end in the same state.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, Sum

from common.db import transaction_required
from common.money import Money, pts
from ledger import services as ledger
from ledger.states import Reason
from ledger.types import Line
from points.dates import grace_until
from points.models import PointsLoan, PointsLot, PointsProgram, PointsUse
from points.postings import ended_lines, returned_lines
from points.states import Change, LotStatus


@transaction_required
def recover_owed(wallet_id: str, *, source_ref: str, now: datetime) -> None:
    """Live points came to the wallet: what it owes is taken from them, the oldest debt first."""
    owing = Q(wallet_id=wallet_id, owed_minor__gt=0)
    if not PointsLot.objects.filter(owing).exists():
        return
    spendable = Q(wallet_id=wallet_id, status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now)
    lots = list(PointsLot.objects.select_for_update(no_key=True).filter(owing | spendable).order_by("id"))
    alive = (lot for lot in lots if lot.remaining and lot.expires_at > now)
    lenders = sorted(alive, key=lambda lot: (lot.expires_at, lot.id))
    for debtor in lots:
        _recover("owed_minor", debtor, lenders, source_ref=source_ref, now=now)


@transaction_required
def recover_written_off(home: PointsLot, *, away_since: datetime, source_ref: str, now: datetime) -> None:
    """These points lay in a pool and are their owner's again. Had they been here when more was taken back than the
    wallet had, nothing had been written off that they could have made up for: so they do it now.
    """
    meanwhile = PointsLot.objects.select_for_update(no_key=True).filter(
        wallet_id=home.wallet_id, written_off_minor__gt=0, taken_back_at__gte=away_since
    )
    for debtor in meanwhile.order_by("id"):
        _recover("written_off_minor", debtor, [home], source_ref=source_ref, now=now)


def _recover(part: str, debtor: PointsLot, lenders: Iterable[PointsLot], *, source_ref: str, now: datetime) -> None:
    """As much as the lenders have of what the debtor owes, or of what was written off there."""
    due: int = getattr(debtor, part)
    lines = lend(debtor, pts(due), lenders, source_ref=source_ref, now=now)
    if recovered := sum(line.amount.minor for line in lines if line.amount.currency == "PTS"):
        setattr(debtor, part, due - recovered)
        debtor.shift(Change.RECOVERED, pts(recovered), source_ref=source_ref, now=now)
        _post(lines, Reason.POINTS_RECOVERED, debtor, now=now)


def lend(
    debtor: PointsLot, amount: Money, lenders: Iterable[PointsLot], *, source_ref: str, now: datetime
) -> list[Line]:
    """Up to `amount` from these lots in this order, in favour of the debtor's funder. The caller writes the debtor."""
    lines, missing = [], amount
    for lender in lenders:
        share = min(lender.remaining, missing)
        if not share or lender.id == debtor.id:
            continue
        PointsLoan.objects.create(lot=debtor, lender=lender, amount_minor=share.minor, made_at=now)
        lender.shift(
            Change.LENT,
            share,
            source_ref=source_ref,
            payment_id=debtor.payment_id,
            merchant_id=debtor.merchant_id,
            other_lot_id=debtor.id,
            now=now,
        )
        debtor.borrowed_minor += share.minor
        missing -= share
        lines += _ended(lender, share, in_favour_of=debtor.funder)
    return lines


def owe(debtor: PointsLot, missing: Money, *, source_ref: str, now: datetime) -> None:
    """Nothing else can make up for it now: the wallet owes as much as the program lets it, the rest is written off."""
    owed = PointsLot.objects.filter(wallet_id=debtor.wallet_id).aggregate(sum=Sum("owed_minor", default=0))["sum"]
    room = max(PointsProgram.at(now).most_owed_minor - owed, 0)
    if allowed := min(missing, pts(room)):
        debtor.owed_minor += allowed.minor
        debtor.shift(Change.OWED, allowed, source_ref=source_ref, now=now)
    if beyond := missing - allowed:
        debtor.written_off_minor += beyond.minor
        debtor.shift(Change.WRITTEN_OFF, beyond, source_ref=source_ref, now=now)


def bring_back(lot: PointsLot, change: Change, amount: Money, *, now: datetime, **why: str) -> None:
    """Points return to their lot as they were. Where its day has passed meanwhile, they get some days of grace."""
    if lot.expires_at <= now:
        if lot.remaining:
            expire(lot, lot.remaining, now=now)
        lot.expires_at = grace_until(now, days=PointsProgram.at(now).grace_days)
    lot.shift(change, amount, now=now, **why)


def expire(lot: PointsLot, amount: Money, *, now: datetime) -> None:
    """So much of what is left ends, in favour of its funder."""
    lot.shift(Change.EXPIRED, amount, source_ref=lot.id, now=now)
    # A lot expires again when points come back to it.
    _post(_ended(lot, amount, in_favour_of=lot.funder), Reason.POINTS_EXPIRED, lot, now=now)


def expire_released(uses: Iterable[PointsUse], *, now: datetime) -> None:
    """Points came back that were held past their day: they end at once, whatever grace a refund gave their lot
    meanwhile. What the lot itself has to give up is left for that.
    """
    for use in uses:
        lot = use.lot
        late = min(use.amount, lot.remaining - min(lot.remaining, lot.due))
        if late and use.is_late(now=now):
            expire(lot, late, now=now)


def settle(lots: Iterable[PointsLot], *, now: datetime) -> None:
    """Points came back to these lots. Where the lot's own purchase had been refunded while they were spent, they leave
    again at once: for what was written off, then for what is owed, then in the place of those that were lent.
    """
    known = {lot.id: lot for lot in lots}
    waiting = list(known.values())
    while waiting:
        lot = waiting.pop(0)
        written_off = min(lot.remaining, pts(lot.written_off_minor))
        owed = min(lot.remaining - written_off, pts(lot.owed_minor))
        if owed:
            lot.owed_minor -= owed.minor
            lot.shift(Change.RECOVERED, owed, source_ref=lot.id, now=now)
        if due := written_off + owed:
            lot.written_off_minor -= written_off.minor
            lot.shift(Change.TAKEN_BACK, due, source_ref=lot.id, now=now)
            _post(_ended(lot, due, in_favour_of=lot.funder), Reason.POINTS_TAKEN_BACK, lot, now=now)
        if lot.remaining and lot.borrowed_minor:
            waiting += _return_loans(lot, known, now=now)


def _return_loans(lot: PointsLot, known: dict[str, PointsLot], *, now: datetime) -> list[PointsLot]:
    """The last loan is returned first. Answers the lenders, who may owe or have borrowed themselves."""
    loans = [loan for loan in lot.loans.select_for_update(no_key=True).order_by("-id") if loan.open]
    known |= PointsLot.locked({loan.lender_id for loan in loans} - known.keys())
    lenders = []
    for loan in loans:
        share = min(lot.remaining, loan.open)
        if not share:
            break
        lender = known[loan.lender_id]
        loan.returned_minor += share.minor
        loan.save(update_fields=["returned_minor"])
        lot.borrowed_minor -= share.minor
        lot.shift(Change.TAKEN_BACK, share, source_ref=lot.id, other_lot_id=lender.id, now=now)
        bring_back(lender, Change.RETURNED, share, source_ref=lot.id, other_lot_id=lot.id, now=now)
        lenders.append(lender)
        lines = returned_lines(lender=lender.funder, borrower=lot.funder, amount=share)
        if lines:
            _post(lines, Reason.POINTS_GIVEN_BACK, lender, now=now)
    return lenders


def _ended(lot: PointsLot, amount: Money, *, in_favour_of: str) -> list[Line]:
    return ended_lines(wallet_id=lot.wallet_id, funder=lot.funder, amount=amount, in_favour_of=in_favour_of)


def _post(lines: list[Line], reason: Reason, lot: PointsLot, *, now: datetime) -> None:
    """Named after the lot's version: the same may happen to a lot several times."""
    ledger.post_entry(lines=lines, reason=reason, source_ref=f"{lot.id}:{lot.version}", now=now)
