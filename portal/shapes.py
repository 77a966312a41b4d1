"""What several pages show of one thing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Card
    from payments.models import Payment


@dataclass(frozen=True, slots=True)
class Item:
    """One line of what is bought; `amount` is for the whole quantity."""

    name: str
    quantity: int
    amount: Money


def items_of(payment: "Payment") -> list[Item]:
    return [
        Item(item["name"], item["quantity"], Money(item["unit_amount"] * item["quantity"], payment.currency))
        for item in payment.items
    ]


def card_state(card: "Card", *, now: "datetime") -> str:
    """The word for a card as its owner meets it: whether it has expired is a matter of the date, not of the column."""
    return "expired" if card.is_expired(now=now) else str(card.status)
