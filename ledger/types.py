"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from common.money import Money

if TYPE_CHECKING:
    from ledger.states import AccountKind, Reason


@dataclass(frozen=True, slots=True, order=True)
class AccountRef:
    """Whose account of which kind. With a currency it names one ledger account, which opens on first use."""

    owner_ref: str
    kind: "AccountKind"


@dataclass(frozen=True, slots=True)
class Line:
    """One posting to be: left, right, a positive amount. A line that could not stand in the books cannot be made."""

    debit: AccountRef
    credit: AccountRef
    amount: Money

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise ValueError(f"a line is about a positive amount, not {self.amount}")
        if self.debit == self.credit:
            raise ValueError("a line has two sides")
        for account in (self.debit, self.credit):
            if account.kind.chart.counts_points != (self.amount.currency == "PTS"):
                raise ValueError(f"{account.kind} does not count {self.amount.currency}")

    def mirrored(self) -> "Line":
        return Line(debit=self.credit, credit=self.debit, amount=self.amount)


@dataclass(frozen=True, slots=True)
class Flow:
    """What went from one account to another in a month, for one reason."""

    month: date
    """Its first day."""
    reason: "Reason"
    debit: AccountRef
    credit: AccountRef
    minor: int
