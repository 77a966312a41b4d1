"""The door of this room: its verbs."""

from points.services.activate_points import activate_points
from points.services.change_campaign import change_campaign
from points.services.change_program import change_program
from points.services.check_clearings import check_clearings
from points.services.check_points import check_points
from points.services.create_campaign import create_campaign
from points.services.cut_clearing import cut_clearing
from points.services.cut_missed_clearings import cut_missed_clearings
from points.services.earn_points import earn_points
from points.services.end_campaign import end_campaign
from points.services.expire_points import expire_points
from points.services.give_back_points import give_back_points
from points.services.hold_points import hold_points
from points.services.keep_campaigns import keep_campaigns
from points.services.pause_campaign import pause_campaign
from points.services.preview_campaign import preview_campaign
from points.services.redeem_points import redeem_points
from points.services.release_points import release_points
from points.services.review_tiers import review_tiers
from points.services.set_aside_for_leavers import set_aside_for_leavers
from points.services.start_campaign import start_campaign
from points.services.take_back_points import take_back_points
from points.services.tell_tiers import tell_tiers

__all__ = [
    "activate_points",
    "change_campaign",
    "change_program",
    "check_clearings",
    "check_points",
    "create_campaign",
    "cut_clearing",
    "cut_missed_clearings",
    "earn_points",
    "end_campaign",
    "expire_points",
    "give_back_points",
    "hold_points",
    "keep_campaigns",
    "pause_campaign",
    "preview_campaign",
    "redeem_points",
    "release_points",
    "review_tiers",
    "set_aside_for_leavers",
    "start_campaign",
    "take_back_points",
    "tell_tiers",
]
