"""How the customer's pages answer a form: 303 to a page when it was done, the same page with 422 when it was not."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def see_other(to: str, *args: object) -> HttpResponseRedirect:
    """A redirect that is always followed with GET. `to` is a path or the name of a page."""
    response = HttpResponseRedirect(resolve_url(to, *args))
    response.status_code = 303
    return response


def page(request: HttpRequest, template: str, facts: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    return render(request, template, facts, status=422 if refused else 200)


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where `next` leads, if that is a path of our own; a stranger's link never sends anybody away."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return resolve_url(otherwise)
