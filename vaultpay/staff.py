"""The lock of the staff's pages: a person of the staff, with a passkey. And what stands on their first page.

Whoever has a sign-in passkey can only have come in with it, or with a recovery code, which is refused here; so having
one is the proof. A code by e-mail alone leads to the page that asks for one.
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
    has_one = isinstance(request.user, User) and bool(sign_in_passkeys_of(request.user))
    return has_one and not _came_by_recovery_code(request)


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


def _came_by_recovery_code(request: HttpRequest) -> bool:
    """Whether the second proof of this session was a recovery code, and no passkey was shown since."""
    records = get_authentication_records(request, request.user if isinstance(request.user, User) else None)
    shown = {record.get("type") for record in records if record.get("method") == "mfa"}
    return "recovery_codes" in shown and "webauthn" not in shown
