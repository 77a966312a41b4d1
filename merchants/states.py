"""Merchants, their people and what each may do: the words and the tables."""

from collections.abc import Iterable
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class MerchantStatus(models.TextChoices):
    APPLIED = "applied", _("Applied")
    """Asked to join; nothing can be sold yet."""
    ADMITTED = "admitted", _("Admitted")
    """Under contract: payments may be asked for."""
    SUSPENDED = "suspended", _("Suspended")
    """No new payments. Captures, refunds and reading what there is go on, because customers need them."""
    LEFT = "left", _("Left")
    """The contract ended. The row stays for the books."""


M = MerchantStatus
# fmt: off
TRANSITIONS: Final = {
    (M.APPLIED,   "admit"):     M.ADMITTED,
    (M.ADMITTED,  "suspend"):   M.SUSPENDED,
    (M.SUSPENDED, "reinstate"): M.ADMITTED,
    (M.ADMITTED,  "leave"):     M.LEFT,
    (M.SUSPENDED, "leave"):     M.LEFT,
}
# fmt: on


class MemberStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    """Asked by e-mail; becomes active when a person with that verified address signs in."""
    ACTIVE = "active", _("Active")
    """May do what the role may do."""
    REMOVED = "removed", _("Removed")
    """May do nothing. A removed person is invited anew, in a new row."""


# fmt: off
MEMBER_TRANSITIONS: Final = {
    (MemberStatus.INVITED, "accept"): MemberStatus.ACTIVE,
    (MemberStatus.INVITED, "remove"): MemberStatus.REMOVED,
    (MemberStatus.ACTIVE,  "remove"): MemberStatus.REMOVED,
}
# fmt: on


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    """Everything, including who else belongs to the team. A merchant with an owner never loses the last one."""
    DEVELOPER = "developer", _("Developer")
    """Connects the shop: keys, return URLs and webhooks; sees payments, moves no money."""
    FINANCE = "finance", _("Finance")
    """Captures, cancels and refunds; cannot touch keys."""
    SUPPORT = "support", _("Support")
    """Answers customers: sees payments and refunds, moves no money."""


class May(models.TextChoices):
    """What a member may do in the dashboard."""

    PAYMENTS_READ = "payments:read", _("See payments and refunds")
    PAYMENTS_WRITE = "payments:write", _("Capture and cancel payments")
    REFUNDS_WRITE = "refunds:write", _("Refund payments")
    DISPUTES_READ = "disputes:read", _("See disputes and their evidence")
    DISPUTES_WRITE = "disputes:write", _("Answer and accept disputes")
    POINTS_READ = "points:read", _("See points campaigns and what they cost")
    POINTS_WRITE = "points:write", _("Write, start, pause and end points campaigns")
    SIGNING_KEYS_WRITE = "signing_keys:write", _("Register and revoke keys that sign files of old points")
    KEYS_WRITE = "keys:write", _("Issue, roll and revoke API keys, register return URLs")
    WEBHOOKS_READ = "webhooks:read", _("See webhook endpoints and deliveries")
    WEBHOOKS_WRITE = "webhooks:write", _("Change webhook endpoints and redeliver")
    TEAM_READ = "team:read", _("See who belongs to the team")
    TEAM_WRITE = "team:write", _("Invite people, change roles, remove people")


# fmt: off
ROLE_MAY: Final[dict[Role, frozenset[May]]] = {
    Role.OWNER:     frozenset(May),
    Role.DEVELOPER: frozenset({May.PAYMENTS_READ, May.DISPUTES_READ, May.POINTS_READ, May.TEAM_READ, May.KEYS_WRITE,
                               May.WEBHOOKS_READ, May.WEBHOOKS_WRITE}),
    Role.FINANCE:   frozenset({May.PAYMENTS_READ, May.PAYMENTS_WRITE, May.REFUNDS_WRITE, May.DISPUTES_READ,
                               May.DISPUTES_WRITE, May.POINTS_READ, May.POINTS_WRITE, May.TEAM_READ}),
    Role.SUPPORT:   frozenset({May.PAYMENTS_READ, May.DISPUTES_READ, May.POINTS_READ, May.TEAM_READ}),
}
# fmt: on


class Scope(models.TextChoices):
    """What an API key may do. Writing a thing includes reading it."""

    PAYMENTS_READ = "payments:read", _("Read payments, refunds and events")
    PAYMENTS_WRITE = "payments:write", _("Create, capture and cancel payments")
    REFUNDS_WRITE = "refunds:write", _("Refund payments")
    GRANTS_READ = "grants:read", _("Read grants")
    GRANTS_WRITE = "grants:write", _("Ask customers for grants and end them")
    DISPUTES_READ = "disputes:read", _("Read disputes")
    DISPUTES_WRITE = "disputes:write", _("Answer and accept disputes")
    POINTS_READ = "points:read", _("Read points campaigns and what they cost")
    POINTS_WRITE = "points:write", _("Write, start, pause and end points campaigns")
    WEBHOOKS_READ = "webhooks:read", _("Read webhook endpoints")
    WEBHOOKS_WRITE = "webhooks:write", _("Change webhook endpoints and redeliver")


API_VERSION: Final = "2026-11-22"
"""The newest version of the merchants' API (`merchants.versions`). A key keeps the one it was made under."""

ALL_SCOPES: Final = tuple(scope.value for scope in Scope)
_INCLUDES: Final = {
    Scope.PAYMENTS_WRITE: Scope.PAYMENTS_READ,
    Scope.REFUNDS_WRITE: Scope.PAYMENTS_READ,
    Scope.GRANTS_WRITE: Scope.GRANTS_READ,
    Scope.DISPUTES_WRITE: Scope.DISPUTES_READ,
    Scope.POINTS_WRITE: Scope.POINTS_READ,
    Scope.WEBHOOKS_WRITE: Scope.WEBHOOKS_READ,
}


def scopes_with_included(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes given, and those that they include."""
    given = {Scope(scope) for scope in scopes}
    return frozenset(scope.value for scope in given | {_INCLUDES[scope] for scope in given if scope in _INCLUDES})
