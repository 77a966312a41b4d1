"""The door of this room: its verbs."""

from points.services.accept_conversions import accept_conversions
from points.services.accept_gift import accept_gift
from points.services.accept_invitation import accept_invitation
from points.services.activate_points import activate_points
from points.services.allow_conversions import allow_conversions
from points.services.cancel_gift import cancel_gift
from points.services.change_campaign import change_campaign
from points.services.change_program import change_program
from points.services.check_campaigns import check_campaigns
from points.services.check_clearings import check_clearings
from points.services.check_conversions import check_conversions
from points.services.check_families import check_families
from points.services.check_gifts import check_gifts
from points.services.check_points import check_points
from points.services.close_family import close_family
from points.services.convert_file import convert_file, preview_file
from points.services.convert_points import convert_points
from points.services.countersign_adjustment import countersign_adjustment
from points.services.countersign_conversions import countersign_conversions
from points.services.countersign_program_change import countersign_program_change
from points.services.create_campaign import create_campaign
from points.services.cut_clearing import cut_clearing
from points.services.cut_missed_clearings import cut_missed_clearings
from points.services.decline_gift import decline_gift
from points.services.decline_invitation import decline_invitation
from points.services.draw_points import draw_points
from points.services.earn_points import earn_points
from points.services.end_campaign import end_campaign
from points.services.end_campaigns_of import end_campaigns_of
from points.services.expire_conversions import expire_conversions
from points.services.expire_gifts import expire_gifts
from points.services.expire_points import expire_points
from points.services.expire_signatures import expire_signatures
from points.services.find_owners import find_owners
from points.services.give_back_points import give_back_points
from points.services.hold_points import hold_points
from points.services.invite_member import invite_member
from points.services.keep_campaigns import keep_campaigns
from points.services.leave_family import leave_family
from points.services.pause_campaign import pause_campaign
from points.services.preview_campaign import preview_campaign
from points.services.propose_adjustment import propose_adjustment
from points.services.propose_conversions import propose_conversions
from points.services.propose_program_change import propose_program_change
from points.services.put_in_points import put_in_points
from points.services.redeem_points import redeem_points
from points.services.register_conversion_key import register_conversion_key
from points.services.release_points import release_points
from points.services.remove_member import remove_member
from points.services.review_tiers import review_tiers
from points.services.revoke_conversion_key import revoke_conversion_key
from points.services.send_gift import send_gift
from points.services.set_aside_for_leavers import set_aside_for_leavers
from points.services.set_sharing import set_sharing
from points.services.share_live_points import share_live_points
from points.services.start_campaign import start_campaign
from points.services.start_family import start_family
from points.services.stop_conversions import stop_conversions
from points.services.take_back_points import take_back_points
from points.services.tell_expiries import tell_expiries
from points.services.tell_tiers import tell_tiers
from points.services.turn_down_adjustment import turn_down_adjustment
from points.services.turn_down_conversions import turn_down_conversions
from points.services.turn_down_program_change import turn_down_program_change

__all__ = [
    "accept_conversions",
    "accept_gift",
    "accept_invitation",
    "activate_points",
    "allow_conversions",
    "cancel_gift",
    "change_campaign",
    "change_program",
    "check_campaigns",
    "check_clearings",
    "check_conversions",
    "check_families",
    "check_gifts",
    "check_points",
    "close_family",
    "convert_file",
    "convert_points",
    "countersign_adjustment",
    "countersign_conversions",
    "countersign_program_change",
    "create_campaign",
    "cut_clearing",
    "cut_missed_clearings",
    "decline_gift",
    "decline_invitation",
    "draw_points",
    "earn_points",
    "end_campaign",
    "end_campaigns_of",
    "expire_conversions",
    "expire_gifts",
    "expire_points",
    "expire_signatures",
    "find_owners",
    "give_back_points",
    "hold_points",
    "invite_member",
    "keep_campaigns",
    "leave_family",
    "pause_campaign",
    "preview_campaign",
    "preview_file",
    "propose_adjustment",
    "propose_conversions",
    "propose_program_change",
    "put_in_points",
    "redeem_points",
    "register_conversion_key",
    "release_points",
    "remove_member",
    "review_tiers",
    "revoke_conversion_key",
    "send_gift",
    "set_aside_for_leavers",
    "set_sharing",
    "share_live_points",
    "start_campaign",
    "start_family",
    "stop_conversions",
    "take_back_points",
    "tell_expiries",
    "tell_tiers",
    "turn_down_adjustment",
    "turn_down_conversions",
    "turn_down_program_change",
]
