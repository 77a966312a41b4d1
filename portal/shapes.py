"""What several pages show of one thing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.states import CardAttention
from common.money import Money, yen

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
    """The word for a card as its owner meets it: expired by the date, closed by its issuer, else its own state."""
    if card.is_expired(now=now):
        return "expired"
    return "closed" if card.attention == CardAttention.CLOSED else str(card.status)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a limit is used. Without a limit there is nothing to fill."""

    used: Money
    limit: Money | None
    percent: int


def usage_of(used_minor: int, limit_minor: int | None) -> Usage:
    if limit_minor is None:
        return Usage(yen(used_minor), None, 0)
    return Usage(yen(used_minor), yen(limit_minor), min(100, used_minor * 100 // limit_minor))
