"""What each verb writes in the books. One point is worth one yen of its funder: a shop, or the commerce itself."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from common.money import Money, pts, yen
from ledger.states import OPERATOR, AccountKind
from ledger.types import AccountRef, Line

REDEEMED: Final = AccountRef(OPERATOR, AccountKind.POINTS_REDEEMED)


def live(wallet_id: str) -> AccountRef:
    return AccountRef(wallet_id, AccountKind.POINTS_LIVE)


def pending(wallet_id: str) -> AccountRef:
    return AccountRef(wallet_id, AccountKind.POINTS_PENDING)


def issued(funder: str) -> AccountRef:
    return AccountRef(funder, AccountKind.POINTS_ISSUED)


def reserve(funder: str) -> AccountRef:
    return AccountRef(funder, AccountKind.POINTS_RESERVE)


def payable(funder: str) -> AccountRef:
    """Where a funder's money for points comes from and falls back to: what a shop is owed, or the commerce's costs."""
    kind = AccountKind.POINTS_COST if funder == OPERATOR else AccountKind.MERCHANT_PAYABLE
    return AccountRef(funder, kind)


def earned_lines(*, wallet_id: str, funder: str, amount: Money) -> list[Line]:
    return [Line(debit=issued(funder), credit=pending(wallet_id), amount=amount)]


def activated_lines(*, wallet_id: str, amount: Money) -> list[Line]:
    """The points become spendable. Their worth is set aside by `funded_lines`, in the same entry or earlier."""
    return [Line(debit=pending(wallet_id), credit=live(wallet_id), amount=amount)]


def funded_lines(*, funder: str, amount: Money) -> list[Line]:
    return [Line(debit=payable(funder), credit=reserve(funder), amount=yen(amount.minor))]


def moved_lines(*, from_wallet: str, to_wallet: str, amount: Money) -> list[Line]:
    """The reserves stay where they are: whoever has the points, the same funder pays for them."""
    return [Line(debit=live(from_wallet), credit=live(to_wallet), amount=amount)]


def redeemed_lines(*, shares: Iterable[tuple[str, Money]], at_merchant: str) -> list[Line]:
    """Each funder's reserve pays the shop where the points were spent. The points themselves leave by a hold."""
    return [
        Line(debit=reserve(funder), credit=payable(at_merchant), amount=yen(total))
        for funder, total in _by_funder(shares)
    ]


def given_back_lines(*, wallet_id: str, shares: Iterable[tuple[str, Money]], at_merchant: str) -> list[Line]:
    """The mirror of redeeming: points to the wallet, their worth back into the reserves they came from."""
    totals = _by_funder(shares)
    return [
        Line(debit=REDEEMED, credit=live(wallet_id), amount=pts(sum(total for _funder, total in totals))),
        *(Line(debit=payable(at_merchant), credit=reserve(funder), amount=yen(total)) for funder, total in totals),
    ]


def taken_from_pending_lines(*, wallet_id: str, funder: str, amount: Money, funded: bool) -> list[Line]:
    lines = [Line(debit=pending(wallet_id), credit=issued(funder), amount=amount)]
    return [*lines, *(line.mirrored() for line in funded_lines(funder=funder, amount=amount) if funded)]


def ended_lines(*, wallet_id: str, funder: str, amount: Money, in_favour_of: str) -> list[Line]:
    """Live points cease to be: expired, or taken back. Their reserve falls to `in_favour_of`: their funder, or the one
    whose own points were spent already when they had to be taken back.
    """
    return [
        Line(debit=live(wallet_id), credit=issued(funder), amount=amount),
        Line(debit=reserve(funder), credit=payable(in_favour_of), amount=yen(amount.minor)),
    ]


def returned_lines(*, lender: str, borrower: str, amount: Money) -> list[Line]:
    """The borrower's points came back and leave in the place of those that were lent, which live again."""
    if lender == borrower:
        return []
    return [
        Line(debit=issued(lender), credit=issued(borrower), amount=amount),
        Line(debit=reserve(borrower), credit=reserve(lender), amount=yen(amount.minor)),
    ]


def _by_funder(shares: Iterable[tuple[str, Money]]) -> list[tuple[str, int]]:
    totals: dict[str, int] = defaultdict(int)
    for funder, amount in shares:
        totals[funder] += amount.minor
    return sorted(totals.items())
