"""The door of this room: its verbs."""

from merchants.services.accept_invitation import accept_invitation
from merchants.services.admit_merchant import admit_merchant
from merchants.services.change_role import change_role
from merchants.services.countersign_departure import countersign_departure
from merchants.services.expire_departures import expire_departures
from merchants.services.forget_api_requests import forget_api_requests
from merchants.services.invite_member import invite_member
from merchants.services.issue_api_key import issue_api_key
from merchants.services.let_merchant_leave import let_merchant_leave
from merchants.services.note_api_requests import note_api_requests
from merchants.services.note_key_use import note_key_use
from merchants.services.propose_departure import propose_departure
from merchants.services.register_return_url import register_return_url
from merchants.services.reinstate_merchant import reinstate_merchant
from merchants.services.remove_member import remove_member
from merchants.services.revoke_api_key import revoke_api_key
from merchants.services.roll_api_key import roll_api_key
from merchants.services.suspend_merchant import suspend_merchant
from merchants.services.turn_down_departure import turn_down_departure
from merchants.services.withdraw_return_url import withdraw_return_url

__all__ = [
    "accept_invitation",
    "admit_merchant",
    "change_role",
    "countersign_departure",
    "expire_departures",
    "forget_api_requests",
    "invite_member",
    "issue_api_key",
    "let_merchant_leave",
    "note_api_requests",
    "note_key_use",
    "propose_departure",
    "register_return_url",
    "reinstate_merchant",
    "remove_member",
    "revoke_api_key",
    "roll_api_key",
    "suspend_merchant",
    "turn_down_departure",
    "withdraw_return_url",
]
