"""What every answer carries, whichever face gave it: a request id, strict headers, the reader's language."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar, cast

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers

from common.errors import Kind, Refusal
from common.ids import new_id
from payments.states import MOST_EVIDENCE_FILE_BYTES
from portal.context import page

V = TypeVar("V", bound=Callable[..., HttpResponse])
GetResponse = Callable[[HttpRequest], HttpResponse]

_SELF: Final = ("payment", "publickey-credentials-get", "publickey-credentials-create")
_NOBODY: Final = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY: Final = ", ".join([f"{name}=(self)" for name in _SELF] + [f"{name}=()" for name in _NOBODY])

MOST_FORM_BYTES: Final = MOST_EVIDENCE_FILE_BYTES + 3 * 1024 * 1024
"""More than the largest file: who sends one that is a little too large is told so in the form."""

TRUSTED_TYPES: Final = {"require-trusted-types-for": ["'script'"], "trusted-types": ["'none'"]}


def trusted_types(view: V) -> V:
    """For pages where a payment is approved, a card typed or a passkey made: no text ever becomes script."""
    return cast("V", csp_update(TRUSTED_TYPES)(view))


class Headers:
    """The outermost layer, so that static files, errors and redirects get their headers too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = new_id("req")  # type: ignore[attr-defined]  # read by error pages, problems and logs
        response = self.get_response(request)
        response["Request-Id"] = request.request_id  # type: ignore[attr-defined]
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        response.setdefault("X-Content-Type-Options", "nosniff")
        # A page about somebody's money is for nobody's cache; static files said their own word already.
        response.setdefault("Cache-Control", "no-store")
        return response


class FormLimit:
    """A form with a file is not read at all when it is longer than any that we ask for.

    Whoever looks for the form's token reads all of it, and writes its files to disk: for any sender, at any address.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.content_type == "multipart/form-data" and length.isdecimal() and int(length) > MOST_FORM_BYTES:
            text = render_to_string("400.html", page(request))
            return HttpResponse(text, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self.get_response(request)


class Refusals:
    """A refusal that no form could show becomes a page: what is not theirs is not there, the rest says its sentence.
    So does an address that only a form may use: somebody typed it, or came back to it.
    """

    STATUSES: Final = {
        Kind.INVALID: 422,
        Kind.FORBIDDEN: 403,
        Kind.NOT_FOUND: 404,
        Kind.STATE: 409,
        Kind.RULE: 422,
        Kind.LIMITED: 429,
        Kind.UNAVAILABLE: 503,
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        answer = render(request, "405.html", status=405)
        answer["Allow"] = response["Allow"]
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        status = self.STATUSES[exception.kind]
        template = f"{status}.html" if status in {403, 404} else "refused.html"
        response = render(request, template, {"refusal": exception}, status=status)
        if exception.retry_after_seconds:
            response["Retry-After"] = str(exception.retry_after_seconds)
        return response


class RememberedLanguage:
    """A signed-in reader on a device that has not chosen yet reads in the language that they chose elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen_here = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        if chosen_here or settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        language = request.user.language
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response["Content-Language"] = language
        patch_vary_headers(response, ("Cookie",))
        if settings.LANGUAGE_COOKIE_NAME not in response.cookies:
            remember_language(response, language)
        return response


def remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 60 * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
