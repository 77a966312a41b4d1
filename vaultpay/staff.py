"""The lock of the staff's pages: a person of the staff, with a passkey.

Whoever has a sign-in passkey can only have come in with it, so having one is the proof; a code by e-mail alone leads to
the page that asks for one.
"""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url

from accounts.guards import lead_to, local_or
from accounts.models import User
from accounts.queries import sign_in_passkeys_of
from common.staff import staff_site


def may_enter(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and bool(sign_in_passkeys_of(request.user))


def lead_in(request: HttpRequest) -> HttpResponse:
    """Where the staff's site sends whoever may not enter, or not yet."""
    if not isinstance(request.user, User):
        return lead_to(settings.LOGIN_URL, request)
    if not request.user.is_staff:
        raise PermissionDenied
    if staff_site.has_permission(request):
        return HttpResponseRedirect(local_or(request.GET.get("next", ""), resolve_url("staff:index")))
    return render(request, "staff/passkey_first.html", status=403)


def lock_staff_site() -> None:
    staff_site.may_enter, staff_site.lead_in = may_enter, lead_in
