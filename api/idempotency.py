"""`Idempotency-Key`: the same key and question get the same answer, and happen once.

What is kept and what is not follows docs/api/idempotency.md: a request that was refused before work began leaves its
key free; results and refusals after that are kept as they were said, byte by byte; a bug of ours or a dead process
freezes nothing, and the next call goes on from the last committed step, because its effects have the same ids.
"""

import hmac
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from django.conf import settings
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from api.authentication import MerchantRequest
from api.errors import IdempotencyKeyMissing
from api.problems import refusal_response
from common import clock
from common.errors import Kind, Refusal
from common.json import canonical
from events import services as events
from events.errors import KeyUsedForAnotherRequest, StillWorking
from events.types import Claim, StoredAnswer
from merchants.states import API_VERSION
from merchants.versions import led_down

V = TypeVar("V")

_KEPT: Final = {Kind.STATE, Kind.RULE}
"""Refusals that came after work began. All others leave the key free."""


AtOnce = Callable[[MerchantRequest, dict[str, Any]], HttpResponse | None]
"""Claims the key, works and keeps the answer in statements of its own; or has done nothing, and answers None."""


def idempotent(method: Callable[..., Response]) -> Callable[..., HttpResponse]:
    """Run `method` once per merchant and key; replay its answer afterwards."""
    return idempotent_or_at_once(lambda _request, _key: None)(method)


def idempotent_or_at_once(
    at_once: AtOnce,
) -> Callable[[Callable[..., Response]], Callable[..., HttpResponse]]:
    """The same for a method that has a shorter way for its ordinary case. The shorter way is tried first."""

    def decorate(method: Callable[..., Response]) -> Callable[..., HttpResponse]:
        return _idempotent(method, at_once)

    return decorate


def _idempotent(method: Callable[..., Response], at_once: AtOnce) -> Callable[..., HttpResponse]:
    @wraps(method)
    def run(view: Any, request: MerchantRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked: dict[str, Any] = {
            "owner_ref": request.merchant.id,
            "key": _read_key(request),
            "question": _question(request),
        }
        now = clock.now()
        if (done := at_once(request, events.claim_document(**asked, now=now))) is not None:
            return done
        claim = events.claim_key_at_once(**asked, now=now)
        if (answered := answer_of_claim(claim, request)) is not None:
            return answered
        request.claim = claim
        try:
            response = method(view, request, *args, **kwargs)
        except Refusal as refusal:
            if refusal.kind not in _KEPT:
                events.release_key(claim)
                raise
            response = refusal_response(refusal, request._request)  # noqa: SLF001 (DRF's request wraps Django's)
        except Exception:
            events.abandon_key(claim)
            raise
        events.finish_key_at_once(claim, status=response.status_code, body=rendered(response.data), now=clock.now())
        return response

    run.idempotent = True  # type: ignore[attr-defined]  # the description reads it
    return run


def _read_key(request: MerchantRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyMissing
    return key


def _question(request: MerchantRequest) -> bytes:
    """HMAC over method, path and canonical body: enough to tell two questions apart, and nothing to search in."""
    text = b"\0".join([str(request.method).encode(), request.path.encode(), canonical(request.data)])
    return hmac.digest(settings.API_KEY_SECRET, b"idempotency\0" + text, "sha256")


def rendered(data: Any) -> bytes:
    """A body as it is sent, and as it is kept."""
    body: bytes = JSONRenderer().render(data)
    return body


def answer_of_claim(claim: Claim, request: MerchantRequest) -> HttpResponse | None:
    """What is said when the key is not ours to use; None when it is.

    Refuses: KeyUsedForAnotherRequest, StillWorking.
    """
    if claim.asked_something_else:
        raise KeyUsedForAnotherRequest
    if claim.still_running:
        raise StillWorking
    if claim.answer is None:
        return None
    response = as_kept(claim.answer, spoken=request.spoken)
    response["Idempotency-Replayed"] = "true"
    return response


def as_kept(answer: StoredAnswer, *, spoken: str) -> HttpResponse:
    """What was kept is in the words of the newest version, so that it can be said in any."""
    media = "application/json" if answer.status < 400 else "application/problem+json"
    body = answer.body
    if spoken != API_VERSION:
        body = rendered(led_down(json.loads(body), spoken=spoken))
    return HttpResponse(body, status=answer.status, content_type=media)
