"""Guards that every face needs: somebody is signed in; they have proved it a moment ago.

Plain Django, no page of its own: whoever is missing something is led to the sign-in page, or asked again, and comes
back. Whose customer or member it is stands in the guards of each face.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import sessions
from common import clock

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
View = Callable[Concatenate[R, P], HttpResponse]


def signed_in_required(view: View[R, P]) -> View[R, P]:
    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return lead_to(settings.LOGIN_URL, request)
        return view(request, *args, **kwargs)

    return guarded


def recently_authenticated(view: View[R, P]) -> View[R, P]:
    """For cards, passkeys, limits, keys and payouts: signed in, and proved within the last five minutes."""

    @wraps(view)
    def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return lead_to(settings.LOGIN_URL, request)
        if not sessions.proved_recently(request.session, now=clock.now()):
            return lead_to("account_reauthenticate", request)
        return view(request, *args, **kwargs)

    return guarded


def lead_to(page: str, request: HttpRequest) -> HttpResponse:
    """Send the reader to that page and, when they are done there, back to where they were."""
    url = f"{resolve_url(page)}?{urlencode({'next': way_back(request)})}"
    if request.headers.get("HX-Request") == "true":
        # Followed inside the page, a redirect would be swapped into it.
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def way_back(request: HttpRequest) -> str:
    """The page that the reader is on. A verb's URL hangs under its page's: /cards/card_1/freeze → /cards/card_1"""
    if request.method in {"GET", "HEAD"} and request.headers.get("HX-Request") != "true":
        return request.get_full_path()
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if current.path:
        return local_or(f"{current.path}?{current.query}" if current.query else current.path, "/")
    page = request.path.rstrip("/").rpartition("/")[0]
    for candidate in (page, f"{page}/"):
        try:
            resolve(candidate)
        except Resolver404:
            continue
        return candidate
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def local_or(url: str, otherwise: str) -> str:
    """`url` if it is a path of our own; nothing that names a host, not even ours, is followed."""
    if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None):
        return url
    return otherwise
