"""Let a wallet earn points for a capture: pending at first, live when the return window is over.

`base` is the money part only. The program at the time of the capture says the base rate, funded by the shop, and how
much one purchase may earn at most; `points.rules` may add lots of their own. Rates are rounded down, so a thousand
purchases of one yen earn nothing; a payment that is captured in parts is rounded once over all of them, `base_before`
being what earlier captures took. `items` are those of the whole payment. Only yen earn. The times count from
`captured_at`, however late this is heard.

The same capture again changes nothing. What was refunded, and was heard of first, leaves again at once. Answers the
capture's lots, the base rate's first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from common.db import transaction
from common.insert_once import insert_once
from common.money import Money, pts, yen
from ledger import services as ledger
from ledger.states import Reason
from merchants.queries import merchant_by_id
from points.dates import available_from, expiry_of
from points.earning import grants
from points.locks import lock_payment
from points.lots import add_lot
from points.models import Earning, PointsLot, PointsProgram, PointsTakeBack
from points.postings import taken_from_pending_lines
from points.states import Change
from points.types import Extra


@transaction
def earn_points(  # noqa: PLR0913 (what was bought, where, by whom and when)
    *,
    capture_id: str,
    payment_id: str,
    wallet_id: str,
    merchant_id: str,
    base: Money,
    base_before: Money = yen(0),  # noqa: B008 (a value, and frozen)
    items: Sequence[Mapping[str, Any]] = (),
    captured_at: datetime,
    now: datetime,
) -> list[PointsLot]:
    if base.currency != "JPY":
        return []
    earning = Earning(
        wallet_id=wallet_id,
        capture_id=capture_id,
        payment_id=payment_id,
        merchant_id=merchant_id,
        base_minor=base.minor,
        base_before_minor=base_before.minor,
        items=list(items),
        captured_at=captured_at,
        heard_at=now,
    )
    lock_payment(payment_id)
    if not insert_once(earning) and not _hear_after_a_refund(earning):
        return PointsLot.of_capture(earning)
    program = PointsProgram.at(captured_at)
    # Whatever counts what it grants is asked first: its rows are locked before any lot and the books.
    found = [_granted(extra, earning, now=now) for extra in grants(earning, program, now=now)]
    return [_add(extra, earning, program, captured_at=captured_at, now=now) for extra in found if extra.amount]


def _hear_after_a_refund(earning: Earning) -> bool:
    """A refund was heard of first and left its mark in this place. False when the capture was heard of before."""
    if Earning.locked(earning.capture_id).heard_at:
        return False
    facts = ("base_minor", "base_before_minor", "items", "captured_at", "heard_at")
    Earning.objects.filter(capture_id=earning.capture_id).update(**{name: getattr(earning, name) for name in facts})
    return True


def _granted(extra: Extra, earning: Earning, *, now: datetime) -> Extra:
    """With as much as really stands of it: nothing when all of it was refunded already."""
    refunds = PointsTakeBack.shares(earning.capture_id, extra.amount)
    if sum((share for _heard, share in refunds), start=pts(0)) == extra.amount:
        return replace(extra, amount=pts(0))
    return replace(extra, amount=extra.grant(earning, extra.amount, now)) if extra.grant else extra


def _add(extra: Extra, earning: Earning, program: PointsProgram, *, captured_at: datetime, now: datetime) -> PointsLot:
    window_days = max(program.return_window_days, merchant_by_id(earning.merchant_id).return_window_days)
    live_from = available_from(captured_at, window_days=window_days)
    lot = add_lot(
        wallet_id=earning.wallet_id,
        source=extra.source,
        source_ref=earning.capture_id,
        rule_ref=extra.rule_ref,
        funder=extra.funder,
        amount=extra.amount,
        payment_id=earning.payment_id,
        earned_at=captured_at,
        available_from=live_from,
        expires_at=expiry_of(live_from, months=program.expiry_months),
        now=now,
    )
    for heard, share in PointsTakeBack.shares(earning.capture_id, extra.amount):
        if share:
            _take_at_once(lot, share, refund_id=heard.refund_id, now=now)
    return lot


def _take_at_once(lot: PointsLot, share: Money, *, refund_id: str, now: datetime) -> None:
    lot.shift(Change.TAKEN_BACK, share, source_ref=refund_id, now=now)
    ledger.post_entry(
        lines=taken_from_pending_lines(wallet_id=lot.wallet_id, funder=lot.funder, amount=share, funded=False),
        reason=Reason.POINTS_TAKEN_BACK,
        source_ref=f"{refund_id}:{lot.id}",
        now=now,
    )
