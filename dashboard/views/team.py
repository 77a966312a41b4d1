"""Who belongs to the team, in which role, and what each role may do."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import recently_authenticated
from common import clock
from common.errors import Kind, Refusal
from dashboard.forms import InviteForm, RoleForm
from dashboard.guards import MemberRequest, member_required
from dashboard.views._answers import answer, away, see_other
from merchants import services as merchants
from merchants.queries import member_of_merchant, members_of
from merchants.states import ROLE_MAY, May, Role


@require_safe
@member_required(May.TEAM_READ)
def listed(request: MemberRequest) -> HttpResponse:
    now = clock.now()
    members = [
        (member, member.status == "invited" and not member.invitation_lasts(now=now))
        for member in members_of(request.merchant.id)
    ]
    facts = {
        "members": members,
        "roles": list(Role),
        "rights": [(may.label, [may in ROLE_MAY[role] for role in Role]) for may in May],
    }
    return answer(request, "team", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_authenticated
@member_required(May.TEAM_WRITE)
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST) if request.method == "POST" else InviteForm(initial={"language": get_language()})
    if form.is_bound and form.is_valid():
        try:
            member = merchants.invite_member(
                merchant_id=request.merchant.id,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                language=form.cleaned_data["language"],
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("An invitation is on its way to {email}.").format(email=member.email))
            return see_other(request, "team")
    return answer(request, "team_invite", {"form": form}, refused=form.is_bound)


@require_safe
@recently_authenticated
@member_required(May.TEAM_WRITE)
def one(request: MemberRequest, member_id: str) -> HttpResponse:
    return _shown(request, member_id)


@require_POST
@recently_authenticated
@member_required(May.TEAM_WRITE)
def change_role(request: MemberRequest, member_id: str) -> HttpResponse:
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            member = merchants.change_role(
                merchant_id=request.merchant.id,
                member_id=member_id,
                role=Role(form.cleaned_data["role"]),
                by=request.actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            if refusal.kind is Kind.NOT_FOUND:
                raise
            form.add_error("role", str(refusal))
        else:
            role = Role(member.role).label
            messages.success(request, _("{email} has the role {role} now.").format(email=member.email, role=role))
            return see_other(request, "team")
    return _shown(request, member_id, form=form)


@require_POST
@recently_authenticated
@member_required(May.TEAM_WRITE)
def remove(request: MemberRequest, member_id: str) -> HttpResponse:
    try:
        member = merchants.remove_member(
            merchant_id=request.merchant.id, member_id=member_id, by=request.actor, now=clock.now()
        )
    except Refusal as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise
        return _shown(request, member_id, refusal=str(refusal))
    messages.success(request, _("{email} no longer belongs to the team.").format(email=member.email))
    # Whoever removed themselves has no team page to go to.
    if member.id == request.actor.ref:
        return away("dashboard:choose")
    return see_other(request, "team")


def _shown(request: MemberRequest, member_id: str, *, form: RoleForm | None = None, refusal: str = "") -> HttpResponse:
    member = member_of_merchant(request.merchant.id, member_id)
    facts: dict[str, Any] = {
        "member": member,
        "myself": member.id == request.actor.ref,
        "form": form or RoleForm(initial={"role": member.role}),
        "refusal": refusal,
    }
    return answer(request, "member", facts, refused=form is not None or bool(refusal))
