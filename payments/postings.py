"""What each verb writes in the books. Points write their own lines (room `points`): here is the card's money only.

    capture     network receivable → merchant payable       the card part
    fee         merchant payable   → fee income             by the merchant's basis points, on all captures together
    refund      merchant payable   → refunds in transit     the card part, when the refund begins
    fee back    fee income         → merchant payable
    settled     refunds in transit → network receivable     when the network has accepted the refund
    dispute     merchant payable   → withheld               and disputed funds → network receivable, when it opens
    won         the same, mirrored
    lost        withheld           → disputed funds         the card's owner keeps it
    its fee     merchant payable   → fee income             if the operator asks one; back when the dispute is won
    shortfall   merchant owes      → merchant payable       what the payable lies below zero; back as it sells

What points paid alone writes nothing here. A refund that fails, and a capture that the network refuses, are answered
with counter-entries of these.
"""

from typing import Final

from common.money import Money
from ledger.states import OPERATOR, AccountKind
from ledger.types import AccountRef, Line


def payable(merchant_id: str) -> AccountRef:
    return AccountRef(merchant_id, AccountKind.MERCHANT_PAYABLE)


def owed_by(merchant_id: str) -> AccountRef:
    return AccountRef(merchant_id, AccountKind.MERCHANT_OWES)


RECEIVABLE: Final = AccountRef(OPERATOR, AccountKind.NETWORK_RECEIVABLE)
FEES: Final = AccountRef(OPERATOR, AccountKind.FEE_INCOME)
IN_TRANSIT: Final = AccountRef(OPERATOR, AccountKind.REFUNDS_IN_TRANSIT)


def fee_on(amount: Money, *, basis_points: int) -> Money:
    """Half-up on what was captured in all: one rounding, however many captures."""
    return amount.basis_points_half_up(basis_points)


def capture_lines(*, merchant_id: str, card_part: Money) -> list[Line]:
    return [Line(debit=RECEIVABLE, credit=payable(merchant_id), amount=card_part)] if card_part else []


def fee_lines(*, merchant_id: str, fee: Money) -> list[Line]:
    return [Line(debit=payable(merchant_id), credit=FEES, amount=fee)] if fee else []


def refund_lines(*, merchant_id: str, card_part: Money) -> list[Line]:
    return [Line(debit=payable(merchant_id), credit=IN_TRANSIT, amount=card_part)] if card_part else []


def fee_returned_lines(*, merchant_id: str, fee: Money) -> list[Line]:
    return [Line(debit=FEES, credit=payable(merchant_id), amount=fee)] if fee else []


def settled_refund_lines(*, card_part: Money) -> list[Line]:
    return [Line(debit=IN_TRANSIT, credit=RECEIVABLE, amount=card_part)] if card_part else []


DISPUTED: Final = AccountRef(OPERATOR, AccountKind.DISPUTED_FUNDS)


def withheld(merchant_id: str) -> AccountRef:
    return AccountRef(merchant_id, AccountKind.MERCHANT_WITHHELD)


def dispute_opened_lines(*, merchant_id: str, amount: Money) -> list[Line]:
    """The network owes us less from this moment, and the merchant is owed less; both are only withheld."""
    return [
        Line(debit=DISPUTED, credit=RECEIVABLE, amount=amount),
        Line(debit=payable(merchant_id), credit=withheld(merchant_id), amount=amount),
    ]


def dispute_won_lines(*, merchant_id: str, amount: Money) -> list[Line]:
    return [line.mirrored() for line in dispute_opened_lines(merchant_id=merchant_id, amount=amount)]


def dispute_lost_lines(*, merchant_id: str, amount: Money) -> list[Line]:
    """What was withheld from the one is what the other has taken: it leaves the books."""
    return [Line(debit=withheld(merchant_id), credit=DISPUTED, amount=amount)]
