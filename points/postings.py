"""What each verb writes in the books. One point is worth one yen of its funding shop."""

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


def issued(merchant_id: str) -> AccountRef:
    return AccountRef(merchant_id, AccountKind.POINTS_ISSUED)


def reserve(merchant_id: str) -> AccountRef:
    return AccountRef(merchant_id, AccountKind.POINTS_RESERVE)


def payable(merchant_id: str) -> AccountRef:
    return AccountRef(merchant_id, AccountKind.MERCHANT_PAYABLE)


def earned_lines(*, wallet_id: str, funder: str, amount: Money) -> list[Line]:
    return [Line(debit=issued(funder), credit=pending(wallet_id), amount=amount)]


def activated_lines(*, wallet_id: str, funder: str, amount: Money) -> list[Line]:
    """The points become spendable, and their funding shop sets their worth aside."""
    return [
        Line(debit=pending(wallet_id), credit=live(wallet_id), amount=amount),
        Line(debit=payable(funder), credit=reserve(funder), amount=yen(amount.minor)),
    ]


def redeemed_lines(*, shares: Iterable[tuple[str, Money]], at_merchant: str) -> list[Line]:
    """Each funding shop's reserve pays the shop where the points were spent. The points themselves leave by a hold."""
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


def taken_from_pending_lines(*, wallet_id: str, funder: str, amount: Money) -> list[Line]:
    return [Line(debit=pending(wallet_id), credit=issued(funder), amount=amount)]


def ended_lines(*, wallet_id: str, funder: str, amount: Money, in_favour_of: str) -> list[Line]:
    """Live points cease to be: expired, or taken back. Their reserve falls to `in_favour_of`: the funding shop, or the
    shop whose own points were spent already when they had to be taken back.
    """
    return [
        Line(debit=live(wallet_id), credit=issued(funder), amount=amount),
        Line(debit=reserve(funder), credit=payable(in_favour_of), amount=yen(amount.minor)),
    ]


def _by_funder(shares: Iterable[tuple[str, Money]]) -> list[tuple[str, int]]:
    totals: dict[str, int] = defaultdict(int)
    for funder, amount in shares:
        totals[funder] += amount.minor
    return sorted(totals.items())
