"""How lots begin, become live and move: steps that the verbs of this room share. Each commits with its caller."""

from collections.abc import Collection, Sequence
from datetime import datetime

from common.db import transaction_required
from common.insert_once import insert_once
from common.money import Money, pts
from ledger import services as ledger
from ledger.states import OPERATOR, Reason
from points.debts import recover_owed, recover_written_off
from points.errors import NotEnoughPoints
from points.locks import lock_wallets
from points.models import PointsLot
from points.postings import activated_lines, earned_lines, funded_lines, moved_lines
from points.states import Change, LotStatus, Source


@transaction_required
def add_lot(  # noqa: PLR0913 (whose, why, how many, who pays and when)
    *,
    wallet_id: str,
    source: Source,
    source_ref: str,
    rule_ref: str,
    funder: str,
    amount: Money,
    payment_id: str | None = None,
    earned_at: datetime | None = None,
    available_from: datetime,
    expires_at: datetime,
    now: datetime,
) -> PointsLot:
    """Pending points. The same wallet, source reference and rule again is the first lot, as it is by now."""
    lot = PointsLot(
        wallet_id=wallet_id,
        source=source,
        source_ref=source_ref,
        rule_ref=rule_ref,
        payment_id=payment_id,
        merchant_id=_merchant(funder),
        earned_minor=amount.minor,
        remaining_minor=amount.minor,
        earned_at=earned_at or now,
        available_from=available_from,
        expires_at=expires_at,
    )
    if not insert_once(lot):
        return PointsLot.objects.get(wallet_id=wallet_id, source_ref=source_ref, rule_ref=rule_ref)
    lot.note(Change.EARNED, amount, source_ref=source_ref, now=now)
    ledger.post_entry(
        lines=earned_lines(wallet_id=wallet_id, funder=funder, amount=amount),
        reason=Reason.POINTS_EARNED,
        source_ref=lot.id,
        now=now,
    )
    return lot


@transaction_required
def activate_lot(lot: PointsLot, *, now: datetime) -> bool:
    """Pending points become live, and their worth is set aside unless that was done before. False when they are not
    pending any more.
    """
    lock_wallets([lot.wallet_id])
    lot = PointsLot.locked({lot.id, *PointsLot.touched_by_debts([lot.wallet_id])})[lot.id]
    if lot.status != LotStatus.PENDING:
        return False
    left, funder = lot.remaining, lot.funder  # a refund of a part may have taken some
    lines = activated_lines(wallet_id=lot.wallet_id, amount=left)
    if not lot.funded_at:
        lines += funded_lines(funder=funder, amount=left)
        lot.funded_at = now
    lot.shift(Change.ACTIVATED, left, source_ref=lot.source_ref, now=now)
    ledger.post_entry(lines=lines, reason=Reason.POINTS_ACTIVATED, source_ref=lot.id, now=now)
    recover_owed(lot.wallet_id, source_ref=lot.source_ref, now=now)
    return True


@transaction_required
def move_points(  # noqa: PLR0913 (whose, to whom, how many and why)
    *,
    from_wallet: str,
    to_wallet: str,
    amount: Money,
    source: Source,
    source_ref: str,
    but_those_of: Collection[str] = (),
    now: datetime,
) -> list[PointsLot]:
    """Live points to another wallet, oldest expiry first; each keeps its funder and its expiry. What came from one of
    the wallets `but_those_of` stays. Answers the receiver's lots. The same reference again answers the first ones.

    Refuses: NotEnoughPoints.
    """
    lock_wallets([from_wallet, to_wallet])
    if moved := _moved(to_wallet, source_ref):
        return moved
    shares, missing = [], amount
    to_pay = PointsLot.touched_by_debts([to_wallet])
    for lot in PointsLot.locked_spendable(from_wallet, now=now, and_lots=to_pay):
        share = min(lot.remaining, missing) if lot.wallet_id == from_wallet else pts(0)
        if share and lot.from_wallet_id not in but_those_of:
            shares.append((lot, share))
            missing -= share
    if missing:
        raise NotEnoughPoints(available=amount - missing, asked=amount)
    return _move(shares, to_wallet=to_wallet, source=source, source_ref=source_ref, now=now)


@transaction_required
def move_lots(
    lots: Sequence[PointsLot], *, to_wallet: str, source: Source, source_ref: str, now: datetime
) -> list[PointsLot]:
    """All that is left in exactly these lots of one wallet. What has expired by now stays where it is."""
    lock_wallets([to_wallet, *(lot.wallet_id for lot in lots)])
    if moved := _moved(to_wallet, source_ref):
        return moved
    locked = PointsLot.locked({*(lot.id for lot in lots), *PointsLot.touched_by_debts([to_wallet])})
    fresh = sorted((locked[lot.id] for lot in lots), key=lambda lot: lot.id)
    alive = [lot for lot in fresh if lot.status == LotStatus.LIVE and lot.remaining and lot.expires_at > now]
    return _move(
        [(lot, lot.remaining) for lot in alive], to_wallet=to_wallet, source=source, source_ref=source_ref, now=now
    )


@transaction_required
def move_share(  # noqa: PLR0913 (which, how many, to whom and why)
    lot_id: str, amount: Money, *, to_wallet: str, source: Source, source_ref: str, now: datetime
) -> list[PointsLot]:
    """So many points of exactly this lot, which the caller keeps for that: it has them, and has not expired."""
    lot = PointsLot.locked([lot_id])[lot_id]
    if moved := _moved(to_wallet, source_ref):
        return moved
    return _move([(lot, amount)], to_wallet=to_wallet, source=source, source_ref=source_ref, now=now)


def _moved(to_wallet: str, source_ref: str) -> list[PointsLot]:
    return list(
        PointsLot.objects.filter(wallet_id=to_wallet, source_ref=source_ref, from_wallet_id__isnull=False).order_by(
            "expires_at", "id"
        )
    )


def _move(
    shares: Sequence[tuple[PointsLot, Money]], *, to_wallet: str, source: Source, source_ref: str, now: datetime
) -> list[PointsLot]:
    if not shares:
        return []
    arrived = []
    for lot, share in shares:
        lot.shift(Change.GIVEN, share, source_ref=source_ref, now=now)
        twin = PointsLot(
            wallet_id=to_wallet,
            source=source,
            source_ref=source_ref,
            rule_ref=lot.id,
            merchant_id=lot.merchant_id,
            from_wallet_id=lot.wallet_id,
            status=LotStatus.LIVE,
            earned_minor=share.minor,
            remaining_minor=share.minor,
            earned_at=now,
            available_from=now,
            expires_at=lot.expires_at,
            funded_at=lot.funded_at,
        )
        twin.save(force_insert=True)
        twin.note(Change.EARNED, share, source_ref=source_ref, now=now)
        arrived.append(twin)
    ledger.post_entry(
        lines=moved_lines(
            from_wallet=shares[0][0].wallet_id,
            to_wallet=to_wallet,
            amount=sum((share for _lot, share in shares), start=pts(0)),
        ),
        reason=Reason.POINTS_MOVED,
        source_ref=source_ref,
        now=now,
    )
    for (lot, _share), twin in zip(shares, arrived, strict=True):
        if lot.from_wallet_id == to_wallet:
            recover_written_off(twin, away_since=lot.earned_at, source_ref=source_ref, now=now)
    recover_owed(to_wallet, source_ref=source_ref, now=now)
    return arrived


def _merchant(funder: str) -> str | None:
    return None if funder == OPERATOR else funder
