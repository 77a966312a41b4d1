"""When a page cannot be given: what happened, what to do next, and an id that support can find."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from portal.context import page


@requires_csrf_token
def forbidden(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    return render(request, "403.html", status=403)


@requires_csrf_token
def not_found(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """Not there, or not theirs: the same page on purpose."""
    return render(request, "404.html", status=404)


@requires_csrf_token
def csrf_refused(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


@requires_csrf_token
def bad_request(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    return HttpResponse(render_to_string("400.html", page(request)), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something of ours broke. Rendered without the database and the session, since either may be what broke."""
    return HttpResponse(render_to_string("500.html", page(request)), status=500)
