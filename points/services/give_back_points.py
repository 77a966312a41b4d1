"""A refund returns points that the payment was paid with: to the lots they came from, with the same expiry.

`amounts` says how many of what each capture redeemed; all that the payment redeemed when it is left out. Those that
expire last come back first, so that a refund of a part leaves the customer the most time. Points whose day has passed
meanwhile get the program's days of grace. A refund that gave back before, and a payment that redeemed none, changes
nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from common.db import transaction_required
from common.money import Money
from ledger import services as ledger
from ledger.states import Reason
from points.debts import bring_back, recover_owed, settle
from points.models import PointsUse
from points.postings import given_back_lines
from points.states import Change, UseStatus
from points.uses import first_of, locked_uses


@transaction_required
def give_back_points(
    *, payment_id: str, refund_id: str, amounts: Mapping[str, Money] | None = None, now: datetime
) -> None:
    uses = locked_uses(payment_id, UseStatus.REDEEMED, and_wallet=True)
    if not uses or PointsUse.objects.filter(payment_id=payment_id, refund_id=refund_id).exists():
        return
    shares = list(_shares(uses, amounts))
    for use, share in shares:
        bring_back(
            use.lot,
            Change.GIVEN_BACK,
            share,
            source_ref=refund_id,
            payment_id=payment_id,
            merchant_id=use.at_merchant_id,
            now=now,
        )
        use.take("give_back", share, refund_id=refund_id, now=now)
    ledger.post_entry(
        lines=given_back_lines(
            wallet_id=uses[0].wallet_id,
            shares=[(use.lot.funder, share) for use, share in shares],
            at_merchant=uses[0].at_merchant_id,
        ),
        reason=Reason.POINTS_GIVEN_BACK,
        source_ref=refund_id,
        now=now,
    )
    settle([use.lot for use, _share in shares], now=now)
    recover_owed(uses[0].wallet_id, source_ref=refund_id, now=now)


def _shares(uses: Sequence[PointsUse], amounts: Mapping[str, Money] | None) -> Iterator[tuple[PointsUse, Money]]:
    if amounts is None:
        yield from ((use, use.amount) for use in uses)
        return
    last_first = sorted(uses, key=lambda use: (use.lot.expires_at, use.id), reverse=True)
    for capture_id, amount in amounts.items():
        # Uses from before there were several captures name none: theirs was the only one.
        yield from first_of([use for use in last_first if use.capture_id in {capture_id, ""}], amount)
