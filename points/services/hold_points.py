"""Set points aside for a payment, oldest expiry first: still the customer's, no longer spendable elsewhere.

The same payment again with the same wallet and amount changes nothing. After its points were released a payment may
hold points again; after they were redeemed it may not.

Refuses: NotEnoughPoints, PointsRepeatDiffers, NothingHeld (the payment is over).
"""

from datetime import datetime

from common.db import transaction_required
from common.money import Money, pts
from ledger import services as ledger
from points.errors import NotEnoughPoints, NothingHeld, PointsRepeatDiffers
from points.models import PointsLot, PointsUse
from points.postings import live
from points.states import Change, UseStatus


@transaction_required
def hold_points(*, wallet_id: str, payment_id: str, amount: Money, now: datetime) -> None:
    if amount <= pts(0):
        raise ValueError(f"held points are a positive amount, not {amount}")
    lots = PointsLot.locked_spendable(wallet_id, now=now)
    earlier = list(PointsUse.objects.filter(payment_id=payment_id))
    if _is_repeat(earlier, wallet_id=wallet_id, amount=amount):
        return
    shares = _oldest_first(lots, amount)
    attempt = max((use.attempt for use in earlier), default=0) + 1
    hold = ledger.hold_funds(account=live(wallet_id), amount=amount, source_ref=f"{payment_id}:{attempt}", now=now)
    for lot, share in shares:
        lot.shift(Change.HELD, share, source_ref=payment_id, payment_id=payment_id, now=now)
        PointsUse.objects.create(
            wallet_id=wallet_id,
            payment_id=payment_id,
            lot=lot,
            attempt=attempt,
            amount_minor=share.minor,
            hold_id=hold.id,
            held_at=now,
            expires_at=lot.expires_at,
        )


def _is_repeat(earlier: list[PointsUse], *, wallet_id: str, amount: Money) -> bool:
    if any(use.status in {UseStatus.REDEEMED, UseStatus.GIVEN_BACK} for use in earlier):
        raise NothingHeld
    held = [use for use in earlier if use.status == UseStatus.HELD]
    if held and (sum(use.amount_minor for use in held), held[0].wallet_id) != (amount.minor, wallet_id):
        raise PointsRepeatDiffers
    return bool(held)


def _oldest_first(lots: list[PointsLot], amount: Money) -> list[tuple[PointsLot, Money]]:
    shares, missing = [], amount
    for lot in lots:
        if not missing:
            break
        share = min(lot.remaining, missing)
        shares.append((lot, share))
        missing -= share
    if missing:
        raise NotEnoughPoints(available=amount - missing, asked=amount)
    return shares
