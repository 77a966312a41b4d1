"""What a capture earns, by all rules together. Nothing is written here: it also answers "what would I earn?"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Max, Sum

from common.money import Money, pts, yen
from points.models import Earning, PointsLot, PointsProgram
from points.rules import RULES
from points.states import Source
from points.types import Extra

Item = Mapping[str, Any]
_SMALL: Final = 1_000
"""The premiums act lets a purchase below ¥1,000 earn what one of ¥1,000 may."""


def grants(earning: Earning, program: PointsProgram, *, now: datetime) -> list[Extra]:
    """The base rate first, then the rules in their order, until the purchase has all that it may earn."""
    room = _most(earning, program)
    base = min(earning.at_rate(program.earn_basis_points), room)
    found = [Extra(rule_ref=program.rule_ref, source=Source.PURCHASE, funder=earning.merchant_id, amount=base)]
    room -= base
    for rule in RULES:
        for extra in rule(earning, program, room, now):
            allowed = min(extra.amount, room)
            found.append(replace(extra, amount=allowed))
            room -= allowed
    return [extra for extra in found if extra.amount > pts(0)]


def shares(base: Money, items: Sequence[Item]) -> list[Money]:
    """What of the money each item stands for, by largest remainder: together they are exactly all of it."""
    amounts = [item["amount_minor"] for item in items]
    return base.share(amounts) if sum(amounts) else [yen(0)] * len(items)


def base_of(earning: Earning, matches: Callable[[Item], bool]) -> tuple[Money, Money]:
    """The money that the matching items stand for: in the payment's captures before this one, and with this one.

    Split in two, the matching and all others, so that it only grows from capture to capture.
    """
    weights = [0, 0]
    for item in earning.items:
        weights[not matches(item)] += item["amount_minor"]
    if not any(weights):
        return yen(0), yen(0)
    return earning.base_before.share(weights)[0], (earning.base_before + earning.base).share(weights)[0]


def most_of(base: Money, program: PointsProgram) -> Money:
    """What a purchase may earn by all rules together: the premiums act's ceiling, and never more than was paid."""
    ceiling = yen(max(base.minor, _SMALL)).basis_points_floored(program.most_basis_points)
    return pts(min(base, ceiling).minor)


def _most(earning: Earning, program: PointsProgram) -> Money:
    """What its payment may earn as far as it was heard of, less what its other captures earned: what one capture left
    unused, a later one may have, such as the one that reaches a campaign's minimum spend.
    """
    reached, earned = (earning.base_before + earning.base).minor, 0
    if earning.payment_id:
        others = Earning.objects.filter(payment_id=earning.payment_id, heard_at__isnull=False)
        upto = others.aggregate(most=Max(F("base_before_minor") + F("base_minor"), default=0))["most"]
        lots = PointsLot.objects.filter(payment_id=earning.payment_id).exclude(source_ref=earning.capture_id)
        reached, earned = max(reached, upto), lots.aggregate(sum=Sum("earned_minor", default=0))["sum"]
    return max(most_of(yen(reached), program) - pts(earned), pts(0))
