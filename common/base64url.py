"""Bytes as text that stands in an address, in JSON and in WebAuthn's members: base64url without padding."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

_LETTERS: Final = re.compile(r"[A-Za-z0-9_-]*")


def to_base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: object) -> bytes:
    """Strict: the one way to write these bytes, or ValueError, whatever a stranger may have sent."""
    if not isinstance(text, str) or not _LETTERS.fullmatch(text):
        raise ValueError("not base64url")
    value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(value) != text:
        raise ValueError("not the canonical base64url")
    return value
