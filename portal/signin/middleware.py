"""Sessions end: half an hour after they were last used, and twelve hours after the sign-in however busy they were."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from accounts import sessions
from common import clock


class SessionLimits:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session cookie there is nothing to look at, and an API call is not made to wait for the database.
        if request.session.session_key and request.user.is_authenticated:
            now = clock.now()
            if sessions.is_over(request.session, now=now):
                logout(request)
            else:
                sessions.see(request.session, now=now)
        return self.get_response(request)
