"""What the verbs about a payment's points share: its uses, with their lots locked."""

from collections.abc import Iterable

from common.money import Money
from points.locks import lock_wallets
from points.models import PointsLot, PointsUse
from points.states import UseStatus


def locked_uses(payment_id: str, status: UseStatus, *, and_wallet: bool = False) -> list[PointsUse]:
    """The payment's uses in this state, each with its lot locked (in id order, before the uses are read for good).

    Whoever brings points back locks the wallet first.
    """
    named = PointsUse.objects.filter(payment_id=payment_id, status=status)
    if and_wallet and (wallets := set(named.values_list("wallet_id", flat=True))):
        lock_wallets(wallets)
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
