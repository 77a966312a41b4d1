"""What several pages show of one thing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.forms import Form
from django.utils.translation import gettext as _

from accounts.queries import cards_of
from accounts.states import CardAttention
from common.money import Money, pts, yen
from payments.queries import most_points_for
from payments.states import LEAST_CARD_PART_MINOR

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Card, Customer
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


@dataclass(frozen=True, slots=True)
class Choice:
    """A card as it can be chosen on a page."""

    card: "Card"
    state: str
    chosen: bool


def card_choices(customer: "Customer", *, asked: str = "", now: "datetime") -> list[Choice]:
    """The cards of the wallet, those that can pay first; chosen is `asked` if it can pay, else the first that can."""
    cards = sorted(cards_of(customer), key=lambda card: not card.is_usable(now=now))
    usable = [card.id for card in cards if card.is_usable(now=now)]
    chosen = asked if asked in usable else next(iter(usable), "")
    return [Choice(card, card_state(card, now=now), card.id == chosen) for card in cards]


@dataclass(frozen=True, slots=True)
class Split:
    """How much of a payment points can pay, and how it is about to be split."""

    most: Money
    points: Money
    card_part: Money
    least_card_part: Money
    no_card: bool
    """No card of the wallet can pay now: points pay all of it."""

    @property
    def used(self) -> str:
        """The points as a number alone: 3,000."""
        return f"{self.points.minor:,}"

    @property
    def reaches_the_least(self) -> bool:
        """Whether one point more or less can leave the card less than it takes."""
        return self.most.minor + self.least_card_part.minor >= self.points.minor + self.card_part.minor


def split_of(payment: "Payment", *, live: Money, asked: str = "", has_card: bool) -> Split:
    """What was asked for, as far as it is possible; without a card that can pay, points for all of it."""
    most, amount, least = most_points_for(payment, live=live), payment.amount_minor, LEAST_CARD_PART_MINOR
    points = min(int(asked) if asked.isdecimal() and len(asked) < 13 else 0, most.minor)
    if 0 < amount - points < least:
        points = amount - least
    if not has_card and most.minor == amount:
        points = amount
    return Split(
        most=most,
        points=pts(points),
        card_part=Money(amount - points, payment.currency),
        least_card_part=Money(least, payment.currency),
        no_card=not has_card,
    )


def address_with(url: str, **facts: str) -> str:
    """The shop's own address with what it may want to know: it proves nothing, and the shop asks us."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *facts.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def first_error(form: Form) -> str:
    return next((str(error) for errors in form.errors.values() for error in errors), _("Please try again."))


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
