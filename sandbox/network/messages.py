"""ISO 8583 (1987) as the wire writes it: ASCII, bitmaps as hex digits, a two-byte length before each message."""

import re
from collections.abc import Mapping
from typing import Any, Final

import iso8583
from iso8583.specs import default_ascii

Message = dict[str, str]
"""Field number → text; "t" is the message type. The bitmap is worked out when the message is written."""

# fmt: off
_FIELDS: Final = {
    # field: (digits of the length prefix, greatest length)
    "h": (0, 0),   "t": (0, 4),   "p": (0, 16),  "1": (0, 16),
    "2": (2, 19),  "3": (0, 6),   "4": (0, 12),  "7": (0, 10),  "11": (0, 6),  "12": (0, 6),   "13": (0, 4),
    "14": (0, 4),  "18": (0, 4),  "22": (0, 3),  "25": (0, 2),  "32": (2, 11), "33": (2, 11),  "37": (0, 12),
    "38": (0, 6),  "39": (0, 2),  "41": (0, 8),  "42": (0, 15), "43": (0, 40), "44": (2, 25),  "48": (3, 999),
    "49": (0, 3),  "54": (3, 120), "60": (3, 999), "70": (0, 3), "90": (0, 42), "95": (0, 42),
}
# fmt: on
_SPEC: Final = {
    field: {"data_enc": "ascii", "len_enc": "ascii", "len_type": prefix, "max_len": longest, "desc": field}
    for field, (prefix, longest) in _FIELDS.items()
}

_NUMERIC: Final = {"t", "2", "3", "4", "7", "11", "12", "13", "14", "18", "22", "25", "32", "33", "49", "70", "90"}
_PRIVATE_VALUE: Final = re.compile(r"[A-Za-z0-9_.+/=-]*")


class UnreadableMessage(ValueError):
    """These bytes are no message of our profile. The text names the field, never its content."""


def read_message(raw: bytes) -> Message:
    try:
        decoded, _ = iso8583.decode(raw, _FULL_SPEC)
    except (iso8583.DecodeError, ValueError) as error:
        field = getattr(error, "field", "?")
        raise UnreadableMessage(f"field {field} cannot be read") from None
    message = {field: text for field, text in decoded.items() if field not in {"h", "p", "1"}}
    for field, text in message.items():
        if field not in _FIELDS:
            raise UnreadableMessage(f"field {field} is not in our profile")
        if field in _NUMERIC and not (text.isascii() and text.isdigit()):
            raise UnreadableMessage(f"field {field} is not numeric")
    return message


def write_message(message: Mapping[str, str]) -> bytes:
    raw, _ = iso8583.encode({"h": "", **message}, _FULL_SPEC)
    return bytes(raw)


def framed(raw: bytes) -> bytes:
    return len(raw).to_bytes(2, "big") + raw


def private_data(message: Mapping[str, str]) -> dict[str, str]:
    """Field 48: `NAME=value` pairs with a bar between them. A part that is none is passed over."""
    pairs = (part.partition("=") for part in message.get("48", "").split("|"))
    return {name: value for name, equals, value in pairs if equals and _PRIVATE_VALUE.fullmatch(value)}


def with_private_data(values: Mapping[str, str]) -> dict[str, str]:
    """Field 48 with these values, or no field at all when there are none."""
    text = "|".join(f"{name}={value}" for name, value in values.items() if value)
    return {"48": text} if text else {}


def answer_type(mti: str) -> str:
    """0100 → 0110, 0221 → 0230: the answer to a repeat is the answer to the first."""
    return f"{mti[:2]}{int(mti[2]) + 1}0"


# The library wants every number between 1 and 128 to be known; those outside the profile are refused after reading.
_FULL_SPEC: Final[dict[str, dict[str, Any]]] = {**default_ascii, **_SPEC}
