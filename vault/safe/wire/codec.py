"""Bytes on the wire and the fields they mean."""

import struct
from typing import Any, Final, TypeAlias

import iso8583
from iso8583.specs import default_ascii

Fields: TypeAlias = dict[str, str]
"""A message: its type in "t", and each field under its number."""

HEADER: Final = struct.Struct(">H")
MOST_BYTES: Final = 4096
"""No message of our profile comes near it; a longer one is no message (an HTML page begins with 18,516)."""

_LENGTHS: Final = {"54": 120, "90": 42, "95": 42}


def _specification() -> dict[str, Any]:
    spec = {number: dict(field) for number, field in default_ascii.items()}
    for number, most in _LENGTHS.items():
        spec[number]["max_len"] = most
    return spec


SPEC: Final = _specification()

_DIGITS: Final = {"2", "3", "4", "7", "11", "12", "13", "14", "18", "22", "25", "32", "49", "70", "90"}
"""Fields that are nothing but digits in our profile."""


class MessageBroken(ValueError):
    """What came is no message of our profile. Says nothing of its content, which may hold a card number."""


def encode(fields: Fields) -> bytes:
    """The message without its length header."""
    try:
        raw, _ = iso8583.encode(dict(fields), SPEC)
    except iso8583.EncodeError as error:
        raise MessageBroken(f"field {error.field} cannot be written") from None
    return bytes(raw)


def framed(fields: Fields) -> bytes:
    body = encode(fields)
    return HEADER.pack(len(body)) + body


def decode(body: bytes) -> Fields:
    """The fields of one message. Raises MessageBroken."""
    try:
        decoded, _ = iso8583.decode(body, SPEC)
    except iso8583.DecodeError as error:
        raise MessageBroken(f"field {error.field} cannot be read") from None
    except (ValueError, TypeError):
        raise MessageBroken("not a message") from None
    fields = {name: text for name, text in decoded.items() if name not in {"h", "p", "1"}}
    if not _is_number(fields["t"]):
        raise MessageBroken("no message type")
    if any(not _is_number(text) for name, text in fields.items() if name in _DIGITS):
        raise MessageBroken("a field of digits holds something else")
    return fields


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def private_data(**pairs: str) -> str:
    """Field 48: NAME=value pairs joined by a bar."""
    return "|".join(f"{name}={value}" for name, value in pairs.items())


def read_private_data(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split("|") if "=" in pair)
