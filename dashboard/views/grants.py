"""The permissions that customers gave: the list, one with its charges and history, and letting it go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common import clock
from common.clock import business_date
from common.errors import Kind, Refusal
from dashboard.guards import MemberRequest, member_required
from dashboard.searches import GrantSearch
from dashboard.views._answers import answer, see_other, ways
from dashboard.words import GRANT_STORY
from merchants.queries import api_keys_of, members_of
from merchants.states import May
from payments import services as payments
from payments.permission import permission_of
from payments.queries import charges_of_grant, grant_of_merchant, grants_of_merchant, history_of_grant
from payments.states import GrantStatus
from payments.types import Cursor

if TYPE_CHECKING:
    from payments.models import GrantChange


@require_safe
@member_required(May.PAYMENTS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    """Newest first, by key."""
    form = GrantSearch(request.GET or None)
    cursor = Cursor(starting_after=request.GET.get("older", ""), ending_before=request.GET.get("newer", ""))
    found = grants_of_merchant(request.merchant.id, form.wanted(), cursor)
    kept = form.kept()
    page = ways(
        found.rows, has_more=found.has_more, starting_after=cursor.starting_after, ending_before=cursor.ending_before
    )
    facts = {"form": form, "grants": found.rows, "page": page, "query": urlencode(kept), "filtered": bool(kept)}
    return answer(request, "grants", facts)


@require_safe
@member_required(May.PAYMENTS_READ)
def one(request: MemberRequest, grant_id: str) -> HttpResponse:
    return _shown(request, grant_id)


@require_POST
@member_required(May.PAYMENTS_WRITE)
def revoke(request: MemberRequest, grant_id: str) -> HttpResponse:
    """For good: the customer would have to be asked again."""
    grant = grant_of_merchant(request.merchant.id, grant_id)
    try:
        payments.end_grant(grant_id=grant.id, by=request.actor, now=clock.now())
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return _shown(request, grant_id, refusal=str(refusal))
    messages.success(request, _("Ended. Nothing more can be charged with it."))
    return see_other(request, "grant", grant.id)


def _shown(request: MemberRequest, grant_id: str, *, refusal: str = "") -> HttpResponse:
    now = clock.now()
    grant = grant_of_merchant(request.merchant.id, grant_id)
    cursor = Cursor(starting_after=request.GET.get("older", ""), ending_before=request.GET.get("newer", ""), limit=10)
    charges = charges_of_grant(grant, cursor)
    names = _names(request)
    period = grant.period_on(business_date(now))
    facts: dict[str, Any] = {
        "grant": grant,
        "sentence": permission_of(grant),
        "used": grant.used_now(now=now),
        "left": grant.left_now(now=now),
        "period_ends": period and period.end,
        "story": [_told(change, names) for change in history_of_grant(grant)],
        "payments": charges.rows,
        "page": ways(
            charges.rows,
            has_more=charges.has_more,
            starting_after=cursor.starting_after,
            ending_before=cursor.ending_before,
        ),
        "may_revoke": request.can["payments_write"] and grant.status != GrantStatus.ENDED,
        "refusal": refusal,
    }
    return answer(request, "grant", facts, refused=bool(refusal))


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the history as a shop reads it."""

    title: str | Promise
    at: datetime
    tone: str
    icon: str
    who: str


def _told(change: "GrantChange", names: Mapping[str, str]) -> Moment:
    title, tone, icon = GRANT_STORY[change.why if change.verb == "end" else change.verb]
    return Moment(title, change.at, tone, icon, names.get(change.by, ""))


def _names(request: MemberRequest) -> dict[str, str]:
    """Who of the merchant's own did something. Customers stay unnamed."""
    people = {member.id: member.email for member in members_of(request.merchant.id)}
    return people | {key.id: key.label for key in api_keys_of(request.merchant.id)}
