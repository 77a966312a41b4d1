"""What a customer's passkey signs: the canonical details of one payment or one grant, and the challenge made of them.

Pure and stable for ever: an approval kept today is verified with these lines in years. A change of form is a new
prefix (`v2`), never a change here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from common.json import canonical

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PREFIX: Final = b"vaultpay/approval/v1\0"
GRANT_PREFIX: Final = b"vaultpay/grant/v1\0"
"""A signature under one can never be shown as a signature under the other."""
NONCE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class ApprovalDetails:
    """The facts of one yes. All are texts, so that there is exactly one way to write them."""

    payment: str
    customer: str
    merchant: str
    payee_name: str
    payee_origin: str
    amount: str
    """Minor units of the whole payment."""
    currency: str
    exponent: str
    points: str
    """How much of the amount is paid with points; the rest is for the card."""
    card: str
    items_hash: str
    expires_at: str
    """Until when this challenge may be answered."""
    return_origin: str

    @classmethod
    def read(cls, members: Mapping[str, str]) -> Self:
        """The details that were kept. Raises ValueError when a member is missing, unknown or no text."""
        return cls(**_checked(cls, members))

    def as_members(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class GrantDetails:
    """The facts of one permission, as the customer gives it: lowered limits, if they lowered them."""

    grant: str
    customer: str
    merchant: str
    payee_name: str
    payee_origin: str
    description: str
    kind: str
    limit_per_payment: str
    """Minor units, like all amounts here."""
    limit_per_period: str
    """Empty when the grant is for one payment."""
    period: str
    until: str
    """Its last day, in Tokyo: 2026-11-30."""
    currency: str
    exponent: str
    card: str
    expires_at: str
    """Until when this challenge may be answered."""
    return_origin: str

    @classmethod
    def read(cls, members: Mapping[str, str]) -> Self:
        """The details that were kept. Raises ValueError when a member is missing, unknown or no text."""
        return cls(**_checked(cls, members))

    def as_members(self) -> dict[str, str]:
        return asdict(self)


def _checked(kind: "type[DataclassInstance]", members: Mapping[str, str]) -> dict[str, str]:
    names = {member.name for member in fields(kind)}
    if set(members) != names or not all(type(value) is str for value in members.values()):
        raise ValueError("these are not the details of an approval")
    return dict(members)


def challenge_over(details: Mapping[str, str], *, nonce: bytes, prefix: bytes = PREFIX) -> bytes:
    """The 32 bytes that the passkey signs."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    return hashlib.sha256(prefix + nonce + canonical(dict(details))).digest()


def hash_of_items(items: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over the canonical list of items, in hexadecimal."""
    return hashlib.sha256(canonical([dict(item) for item in items])).hexdigest()


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, as a browser writes them; empty for what has none."""
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname:
        return ""
    port = parts.port
    if port is None or (parts.scheme, port) in {("https", 443), ("http", 80)}:
        return f"{parts.scheme}://{parts.hostname}"
    return f"{parts.scheme}://{parts.hostname}:{port}"
