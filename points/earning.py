"""What a capture earns, by all rules together. Nothing is written here: it also answers "what would I earn?"."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db.models import F, Max, Sum

from common.money import Money, pts, yen
from points.models import Earning, PointsLot, PointsProgram
from points.rules import RULES
from points.states import Source
from points.types import Extra

SMALL: Final = 1_000
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


def most_of(base: Money, program: PointsProgram) -> Money:
    """What a purchase may earn by all rules together: the premiums act's ceiling, and never more than was paid."""
    ceiling = yen(max(base.minor, SMALL)).basis_points_floored(program.most_basis_points)
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
