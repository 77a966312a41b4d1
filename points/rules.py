"""What a purchase earns beyond the base rate: each kind of rule is one function in this list, in the order in which
they share what one purchase may earn.

A rule looks at a capture and answers what it would add; it writes nothing, so that the same question can be asked
before anybody has bought. It is asked for at most `room` more. What must be counted when points are really granted,
such as a budget, is counted by the extra's own `grant`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from common.money import Money
from points.campaign_earnings import earn_by_campaigns
from points.models import Earning, PointsProgram
from points.tiers import earn_by_tier
from points.types import Extra

Rule = Callable[[Earning, PointsProgram, Money, datetime], list[Extra]]
"""(the capture, its program, room for how many more, now) → what it adds."""

RULES: Final[list[Rule]] = [earn_by_tier, earn_by_campaigns]
