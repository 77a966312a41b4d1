"""The door of this room: its verbs."""

from points.services.activate_points import activate_points
from points.services.check_points import check_points
from points.services.earn_points import earn_points
from points.services.expire_points import expire_points
from points.services.give_back_points import give_back_points
from points.services.hold_points import hold_points
from points.services.redeem_points import redeem_points
from points.services.release_points import release_points
from points.services.take_back_points import take_back_points

__all__ = [
    "activate_points",
    "check_points",
    "earn_points",
    "expire_points",
    "give_back_points",
    "hold_points",
    "redeem_points",
    "release_points",
    "take_back_points",
]
