"""The lock of the staff's pages: a person of the staff, with a passkey. And what stands on their first page.

Having one is no proof: a session may have begun with a recovery code, or with a code by e-mail before there was a
passkey. It must have been shown in this very session.
"""

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url

from accounts.guards import lead_to, local_or
from accounts.models import User
from accounts.queries import sign_in_passkeys_of
from common.staff import staff_site


def may_enter(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and bool(sign_in_passkeys_of(user)) and _has_shown_a_passkey(request, user)


def lead_in(request: HttpRequest) -> HttpResponse:
    """Where the staff's site sends whoever may not enter, or not yet."""
    if not isinstance(request.user, User):
        return lead_to(settings.LOGIN_URL, request)
    if not request.user.is_staff:
        raise PermissionDenied
    onward = local_or(request.GET.get("next", ""), resolve_url("staff:index"))
    if staff_site.has_permission(request):
        return HttpResponseRedirect(onward)
    facts = {"has_one": bool(sign_in_passkeys_of(request.user)), "onward": onward}
    return render(request, "staff/passkey_first.html", facts, status=403)


def lock_staff_site() -> None:
    staff_site.may_enter, staff_site.lead_in = may_enter, lead_in


def _has_shown_a_passkey(request: HttpRequest, user: User) -> bool:
    records = get_authentication_records(request, user)
    return any(record.get("method") == "mfa" and record.get("type") == "webauthn" for record in records)
