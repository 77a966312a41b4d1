"""What this room refuses.

Refusal
├── NotEnoughPoints    more than the wallet has live
├── NothingHeld        the points of this payment were released, or belong to a payment that is over
└── PointsRepeatDiffers   the same payment again, with another amount or wallet
"""

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal
from common.money import Money


class NotEnoughPoints(Refusal):
    code, kind, field = "not_enough_points", Kind.RULE, "points"
    message = _("You have {available} points that can be used now.")

    def __init__(self, *, available: Money, asked: Money) -> None:
        super().__init__(available=f"{available.minor:,}", asked=f"{asked.minor:,}")


class NothingHeld(Refusal):
    code, kind = "no_points_held", Kind.STATE
    message = _("No points are held for this payment any more.")


class PointsRepeatDiffers(Refusal):
    code, kind = "points_repeat_differs", Kind.STATE
    message = _("Other points are held for this payment already.")
