"""What points can do for a payment."""

from datetime import datetime
from typing import TYPE_CHECKING

from common.money import Money, pts
from payments.states import LEAST_CARD_PART_MINOR
from points.queries import program

if TYPE_CHECKING:
    from payments.models import Payment


def most_points_for(payment: "Payment", *, live: Money) -> Money:
    """How many of so many live points can pay here: for all of it, or up to what a card pays at least."""
    if live.minor >= payment.amount_minor:
        return pts(payment.amount_minor)
    return pts(max(min(live.minor, payment.amount_minor - LEAST_CARD_PART_MINOR), 0))


def most_points_without_proof(now: datetime) -> Money:
    """More at once are spent only by somebody who has just proved who they are."""
    return pts(program(now).reauth_above_minor)
