"""Every no of the API, as RFC 9457 problem+json: the only place that knows which refusal is which HTTP status."""

import logging
from collections.abc import Sequence
from typing import Any, Final

from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from api.errors import BodyTooLarge, KeyMissing, UnacceptableInput
from common.errors import Kind, Refusal
from merchants.states import API_VERSION
from points.errors import ConversionFileWrong

log = logging.getLogger(__name__)

STATUS: Final = {
    Kind.INVALID: status.HTTP_400_BAD_REQUEST,
    Kind.FORBIDDEN: status.HTTP_403_FORBIDDEN,
    Kind.NOT_FOUND: status.HTTP_404_NOT_FOUND,
    Kind.STATE: status.HTTP_409_CONFLICT,
    Kind.RULE: status.HTTP_422_UNPROCESSABLE_ENTITY,
    Kind.LIMITED: status.HTTP_429_TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: status.HTTP_503_SERVICE_UNAVAILABLE,
}
"""What each kind of refusal is called on the wire; `_EXCEPTIONS` has the two that HTTP knows a better word for."""

_EXCEPTIONS: Final[dict[type[Refusal], int]] = {
    BodyTooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    KeyMissing: status.HTTP_401_UNAUTHORIZED,
}

TITLES: Final = {
    400: _("The request cannot be read."),
    401: _("The API key is missing or not valid."),
    403: _("This API key may not do that."),
    404: _("There is nothing here."),
    405: _("This address does not know that method."),
    406: _("Only JSON is spoken here."),
    409: _("Not possible in the present state."),
    413: _("The request is too large."),
    422: _("Understood, and refused."),
    429: _("Too many requests."),
    500: _("Something went wrong on our side."),
    503: _("A part that is needed is not available."),
}

OF_HTTP: Final = {
    "not_found": (404, _("There is no such address.")),
    "method_not_allowed": (405, _("This address does not know that method.")),
    "not_acceptable": (406, _("Only JSON is spoken here.")),
    "unsupported_content_type": (400, _("Send the body as application/json.")),
    "too_busy": (
        503,
        _("Too much is going on with this just now. Ask again in a moment, with the same Idempotency-Key."),
    ),
    "internal_error": (500, _("A fault of ours. Asking again, with the same Idempotency-Key, is safe.")),
}
"""What is said of HTTP itself, without any room having refused."""

_BUSY: Final = {"55P03", "57014", "40P01", "40001"}
"""PostgreSQL gave up waiting for a lock, or for a statement, or chose one of two to give way: nothing was done."""

_DOC: Final = "https://vaultpay.example/problems/"
"""Problem types are names, not pages to fetch; `/docs` of each instance explains them by code."""


def answer_problem(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: a refusal, one of DRF's own exceptions, or a bug."""
    request: HttpRequest = context["request"]
    if isinstance(error, Refusal):
        return refusal_response(error, request)
    match error:
        case Http404() | exceptions.NotFound():
            code = "not_found"
        case exceptions.MethodNotAllowed():
            code = "method_not_allowed"
        case exceptions.NotAcceptable():
            code = "not_acceptable"
        case exceptions.UnsupportedMediaType():
            code = "unsupported_content_type"
        case OperationalError() if getattr(error.__cause__, "sqlstate", None) in _BUSY:
            code = "too_busy"
        case _:
            log.error("a bug answered 500", exc_info=error, extra={"request_id": _request_id(request)})
            code = "internal_error"
    http_status, detail = OF_HTTP[code]
    response = _respond(request, http_status, code=code, detail=str(detail))
    if http_status == status.HTTP_503_SERVICE_UNAVAILABLE:
        response["Retry-After"] = "2"
    return response


def status_of(refusal: type[Refusal]) -> int:
    """The HTTP status under which this refusal goes out."""
    return _EXCEPTIONS.get(refusal, STATUS[refusal.kind])


def refusal_response(refusal: Refusal, request: HttpRequest) -> Response:
    code = status_of(type(refusal))
    errors: Sequence[dict[str, str]] = ()
    if isinstance(refusal, UnacceptableInput | ConversionFileWrong):
        errors = refusal.errors
    elif field := refusal.field or refusal.facts.get("member"):
        errors = [{"field": field, "code": refusal.code, "message": str(refusal)}]
    response = _respond(request, code, code=refusal.code, detail=str(refusal), errors=errors)
    if (seconds := refusal.retry_after_seconds) is not None:
        response["Retry-After"] = str(seconds)
    if code == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="VaultPay"'
    return response


def problem(
    request: HttpRequest, http_status: int, *, code: str, detail: str, errors: Sequence[dict[str, str]] = ()
) -> dict[str, Any]:
    """The members of a problem document, in the reader's language; `code` is for programs and never changes."""
    return {
        "type": f"{_DOC}{code}",
        "title": str(TITLES[http_status]),
        "status": http_status,
        "detail": detail,
        "code": code,
        "request_id": _request_id(request),
        "errors": list(errors),
    }


class UnknownAddress(APIView):
    """Any address below /v1 that is not one of ours."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


def _respond(
    request: HttpRequest, http_status: int, *, code: str, detail: str, errors: Sequence[dict[str, str]] = ()
) -> Response:
    body = problem(request, http_status, code=code, detail=detail, errors=errors)
    response = Response(body, status=http_status, content_type="application/problem+json")
    response["VaultPay-Version"] = API_VERSION
    response["Cache-Control"] = "no-store"
    # DRF renders after the view; a response made before or outside of it must be told how.
    response.accepted_renderer = JSONRenderer()
    response.accepted_media_type = "application/json"
    vars(response)["renderer_context"] = {}
    return response


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
