"""Pay with the points that are held for a payment: each lot's funder pays the shop where they are spent.

A capture of a part redeems `amount` of them, oldest expiry first; the rest stays held. Without `amount` it is all of
them. A payment without points, and a capture that redeemed before, changes nothing.

Refuses: NothingHeld when the points were released, or fewer are held.
"""

from datetime import datetime

from common.db import transaction_required
from common.money import Money, pts
from ledger import services as ledger
from ledger.states import Reason
from points.errors import NothingHeld
from points.models import PointsUse
from points.postings import REDEEMED, live, redeemed_lines
from points.states import Change, UseStatus
from points.uses import first_of, held_by, locked_uses


@transaction_required
def redeem_points(
    *, payment_id: str, capture_id: str, at_merchant_id: str, amount: Money | None = None, now: datetime
) -> None:
    # The rest may be released in the same commit, which begins with the wallet.
    of_more = amount is not None and amount < held_by(payment_id)
    uses = locked_uses(payment_id, UseStatus.HELD, and_wallet=of_more)
    if PointsUse.objects.filter(payment_id=payment_id, capture_id=capture_id).exists():
        return None
    if not uses:
        return _nothing_to_redeem(payment_id)
    held = sum((use.amount for use in uses), start=pts(0))
    if (amount := amount or held) > held:
        raise NothingHeld
    hold_id = _hold_of(uses, amount, rest=held - amount, capture_id=capture_id, now=now)
    shares = first_of(uses, amount)
    for use, share in shares:
        use.lot.shift(
            Change.REDEEMED,
            share,
            source_ref=capture_id,
            payment_id=payment_id,
            merchant_id=at_merchant_id,
            now=now,
        )
        use.take("redeem", share, capture_id=capture_id, hold_id=hold_id, at_merchant_id=at_merchant_id, now=now)
    reason = Reason.POINTS_REDEEMED
    ledger.post_hold(hold_id=hold_id, credit=REDEEMED, reason=reason, source_ref=hold_id, now=now)
    by_funder = [(use.lot.funder, share) for use, share in shares]
    ledger.post_entry(
        lines=redeemed_lines(shares=by_funder, at_merchant=at_merchant_id),
        reason=reason,
        source_ref=capture_id,
        now=now,
    )
    return None


def _hold_of(uses: list[PointsUse], amount: Money, *, rest: Money, capture_id: str, now: datetime) -> str:
    """The hold in the books over exactly these points. One over more of them becomes two, in the same commit."""
    (hold_id,) = {use.hold_id for use in uses}
    if not rest:
        return hold_id
    ledger.release_hold(hold_id=hold_id, now=now)
    account = live(uses[0].wallet_id)
    part = ledger.hold_funds(account=account, amount=amount, source_ref=capture_id, now=now)
    kept = ledger.hold_funds(account=account, amount=rest, source_ref=f"{capture_id}:rest", now=now)
    PointsUse.objects.filter(pk__in=[use.pk for use in uses]).update(hold_id=kept.id)
    for use in uses:
        use.hold_id = kept.id
    return part.id


def _nothing_to_redeem(payment_id: str) -> None:
    earlier = set(PointsUse.objects.filter(payment_id=payment_id).values_list("status", flat=True))
    if earlier and UseStatus.REDEEMED not in earlier:
        raise NothingHeld
