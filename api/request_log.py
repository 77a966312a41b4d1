"""What each merchant's server asked and was told, for its developers to find by `Request-Id`.

A line is made after the answer and costs no query: each process gathers its lines and writes them twice a second, many
at a time, from a thread of its own. A killed process loses half a second of them; no money depends on that.

Only members that are known to be harmless are kept: no secret, no header, no address, no text about or from a person.
"""

import atexit
import json
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError, close_old_connections
from django.http import HttpResponse
from rest_framework.response import Response

from common import clock
from common.logs import mask_card_numbers
from merchants import services as merchants
from merchants.types import RequestLine

if TYPE_CHECKING:
    from api.authentication import MerchantRequest

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 0.5
AT_ONCE: Final = 500
MOST_WAITING: Final = 20_000
MOST_BYTES: Final = 4_000
MOST_PARTS: Final = 10
LEFT_OUT: Final = "…"

HARMLESS: Final = frozenset({
    "amount", "amount_authorized", "amount_capturable", "amount_captured", "amount_disputed", "amount_owed",
    "amount_refunded", "api_version", "balance", "brand", "capture_before", "capture_method", "code", "confirm",
    "created_at", "created_before", "created_from", "currency", "decline_advice", "decline_code", "deleted",
    "ending_before", "event_types", "expires_at", "expires_in", "failure_code", "field", "final", "grant", "has_more",
    "id", "kind", "limit", "limit_per_payment", "limit_per_period", "livemode", "merchant_reference",
    "liability_shift_claimed", "liability_shift_conditions_met", "eci",
    "network_reference", "object", "payment", "period", "points", "points_redeemed", "points_returned", "quantity",
    "reason", "respond_by", "seconds", "starting_after", "status", "subject", "title", "type", "unit_amount", "until",
    "version",
})  # fmt: skip
"""Names of members whose values are words of ours, whole numbers, instants, ids, or the shop's own order number."""
_LOOKED_INTO: Final = frozenset({"data", "errors", "items", "latest_authorization", "captures"})
"""Members that hold others: those are looked at one by one."""
_KNOWN: Final = HARMLESS | _LOOKED_INTO

_waiting: deque[RequestLine] = deque(maxlen=MOST_WAITING)
_stop = threading.Event()
_writer: threading.Thread | None = None


def note(request: "MerchantRequest", response: HttpResponse) -> None:
    """Remember this request; it is written a moment later. The oldest ones give way when the database is away long."""
    answered = response.data if isinstance(response, Response) else json.loads(response.content)
    answered = answered if isinstance(answered, dict) else {}
    # A body that could not be read is none: what it held is nobody's to keep.
    asked = request.query_params.dict() if request.method == "GET" else getattr(request, "body_read", {})
    refused = response.status_code >= 400
    _waiting.append(
        RequestLine(
            id=request.request_id,
            merchant_id=request.merchant.id,
            key_id=request.holder.key_id,
            at=clock.now(),
            milliseconds=int((time.monotonic() - request.begun) * 1_000),
            method=str(request.method)[:8],
            path=_text(request.path, 200),
            status=response.status_code,
            code=_text(answered.get("code", ""), 64) if refused else "",
            subject="" if refused else _text(answered.get("id", ""), 40),
            idempotency_key=_text(request.headers.get("Idempotency-Key", ""), 255),
            replayed="Idempotency-Replayed" in response.headers,
            api_version=request.spoken,
            asked=kept(asked),
            answered=kept(answered),
        )
    )


def kept(body: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a body. What is left out leaves a mark, so that nobody takes it for missing."""
    found = _members(body)
    return found if len(json.dumps(found)) <= MOST_BYTES else {LEFT_OUT: LEFT_OUT}


def _members(body: dict[str, Any]) -> dict[str, Any]:
    return {name if name in _KNOWN else _text(name, 40): _kept(name, value) for name, value in body.items()}


def _kept(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _members(value) if name in _LOOKED_INTO else LEFT_OUT
    if isinstance(value, list | tuple):
        return [_kept(name, part) for part in value[:MOST_PARTS]] + [LEFT_OUT] * (len(value) > MOST_PARTS)
    if name not in HARMLESS:
        return LEFT_OUT
    return _text(value, 80) if isinstance(value, str) else value


def _text(value: object, most: int) -> str:
    text = str(value).replace("\0", "")
    # Looking for a card number is slow, and no form of one has fewer than 13 digits in it.
    holds_many = len(text) >= 13 and sum(map(str.isdigit, text)) >= 13
    return (mask_card_numbers(text) if holds_many else text)[:most]


def write() -> int:
    """Write what is waiting, a page of it; returns how many lines."""
    lines: list[RequestLine] = []
    while _waiting and len(lines) < AT_ONCE:
        lines.append(_waiting.popleft())
    if lines:
        merchants.note_api_requests(lines)
    return len(lines)


def keep_writing() -> None:
    """Begin to write in the background. A server process calls it once, after it was forked."""
    global _writer  # noqa: PLW0603 (one writer per process)
    if _writer is None:
        _writer = threading.Thread(target=_write_for_ever, name="request log", daemon=True)
        _writer.start()
        atexit.register(_finish)


def _write_for_ever() -> None:
    while not _stop.wait(EVERY_SECONDS):
        try:
            close_old_connections()
            while write() == AT_ONCE:
                pass
        except DatabaseError:
            log.warning("a page of the request log could not be written")
        except Exception:
            # Whatever one line had in it: the lines of everybody else are still to be written.
            log.exception("a page of the request log could not be written")


def _finish() -> None:
    _stop.set()
    if _writer is not None:
        _writer.join(timeout=2)
    try:
        write()
    except DatabaseError:
        log.warning("the last page of the request log could not be written")
