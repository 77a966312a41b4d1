"""What the verbs about a payment's points share: its uses, with their lots locked."""

from collections.abc import Iterable

from django.db.models import Sum

from common.money import Money, pts
from points.locks import lock_wallets
from points.models import PointsLot, PointsUse
from points.states import UseStatus


def locked_uses(payment_id: str, status: UseStatus, *, and_wallet: bool = False) -> list[PointsUse]:
    """The payment's uses in this state, each with its lot locked (in id order, before the uses are read for good).

    Whoever brings points back in this commit, now or in a later step, locks the wallet first, and with its own lots
    those that debts may touch.
    """
    named = PointsUse.objects.filter(payment_id=payment_id, status__in=[UseStatus.HELD, UseStatus.REDEEMED])
    places = set(named.values_list("wallet_id", "lot_id"))
    wanted = {lot_id for _wallet_id, lot_id in places}
    if and_wallet and places:
        wallets = {wallet_id for wallet_id, _lot_id in places}
        lock_wallets(wallets)
        wanted |= PointsLot.touched_by_debts(wallets)
    lots = PointsLot.locked(wanted)
    uses = [use for use in named.filter(status=status).order_by("id") if use.lot_id in lots]
    for use in uses:
        use.lot = lots[use.lot_id]
    return uses


def held_by(payment_id: str) -> Money:
    held = PointsUse.objects.filter(payment_id=payment_id, status=UseStatus.HELD)
    return pts(held.aggregate(sum=Sum("amount_minor", default=0))["sum"])


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
