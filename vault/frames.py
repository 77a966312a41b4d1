"""The frames between a process of the house and the safe: a 4-byte big-endian length, then one JSON object.

A question is `{"verb": …, "members": {…}}`; an answer is `{"answer": {"is": "Authorized", …}}`,
`{"refusal": "intake_not_open"}` or `{"broken": "…"}` (a bug in the safe: the asker must treat it as silence).
Pure: both sides of the wall use it.
"""

import json
import struct
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, Final

from common.money import Money
from vault import types

MOST_BYTES: Final = 64 * 1024
HEADER: Final = struct.Struct(">I")

_CROSSING: Final[dict[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (
        Money,
        types.MerchantFacts,
        types.Authorized,
        types.Declined,
        types.Unknown,
        types.NotSent,
        types.StoredCard,
        types.CardDeclined,
        types.IntakeOffer,
        types.Acknowledged,
        types.Refused,
        types.Found,
        types.NotFound,
        types.BrowserFacts,
        types.RequestorProof,
        types.ThreeDSecure,
        types.ResultHeard,
        types.ResultUnknown,
        types.Forgotten,
        types.SignedReceipt,
        types.ReceiptKeys,
        types.Health,
        types.Notice,
    )
}


class FrameBroken(ValueError):
    """The other side sent what is no frame of ours."""


def frame(message: dict[str, Any]) -> bytes:
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode()
    if len(body) > MOST_BYTES:
        raise FrameBroken(f"a frame of {len(body)} bytes is too large")
    return HEADER.pack(len(body)) + body


def body_length(header: bytes) -> int:
    (length,) = HEADER.unpack(header)
    if not 0 < length <= MOST_BYTES:
        raise FrameBroken(f"a frame of {length} bytes")
    return int(length)


def read_body(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError:
        raise FrameBroken("not JSON") from None
    if not isinstance(message, dict):
        raise FrameBroken("not a JSON object")
    return message


def to_json(value: Any) -> Any:
    """`value` in JSON's words: our dataclasses carry their name in `is`, instants are ISO 8601 in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        members = {member.name: to_json(getattr(value, member.name)) for member in fields(value)}
        return {"is": type(value).__name__, **members}
    if isinstance(value, datetime):
        return {"is": "instant", "at": value.isoformat()}
    if isinstance(value, list | tuple):
        return [to_json(part) for part in value]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} does not cross the door of the vault")


def from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [from_json(part) for part in value]
    if not isinstance(value, dict):
        return value
    match value.get("is"):
        case "instant":
            return datetime.fromisoformat(value["at"])
        case str(name) if name in _CROSSING:
            return _CROSSING[name](**{member: from_json(part) for member, part in value.items() if member != "is"})
        case _:
            raise FrameBroken("an unknown kind of value")
