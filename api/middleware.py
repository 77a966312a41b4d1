"""What a merchant's server asks passes nothing that is there for people: session, form tokens, sign-in, messages.

Its answers carry the very headers that pages carry. Those that are the same on every answer are learned once, from the
middlewares that make them, so that a stricter policy needs no second place.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Final, cast

from csp.middleware import CSPMiddleware
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.template.response import SimpleTemplateResponse
from django.urls import resolve
from django.utils import translation
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

BELOW: Final = "/v1/"


class PastPages:
    """Answers what is below /v1 itself, and leaves everything else to the middlewares after it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        # An error inside becomes an answer here, so that it gets its headers too.
        self._answered = cast("GetResponse", convert_exception_to_response(_answer))
        self._headers = {secure: _on_every_answer(secure=secure) for secure in (False, True)}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(BELOW):
            return self.get_response(request)
        language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self._answered(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.setdefault("Content-Language", language)
        if not response.streaming:
            response.setdefault("Content-Length", str(len(response.content)))
        for name, value in self._headers[request.is_secure()].items():
            response.setdefault(name, value)
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()  # refuses a host that is not ours
    view, positional, named = request.resolver_match = resolve(request.path_info)
    response: HttpResponse = view(request, *positional, **named)
    return response.render() if isinstance(response, SimpleTemplateResponse) else response


def _on_every_answer(*, secure: bool) -> dict[str, str]:
    """What the middlewares of headers say of an answer about which nobody said anything."""
    environ = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "https" if secure else "http", "wsgi.input": BytesIO()}
    request, response = WSGIRequest(environ), HttpResponse()
    for middleware in (XFrameOptionsMiddleware, CSPMiddleware, SecurityMiddleware):
        response = cast("HttpResponse", middleware(_blank).process_response(request, response))
    return {name: value for name, value in response.items() if name != "Content-Type"}


def _blank(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()
