"""Signed statements that anybody can check without asking us: JWS compact serialization (RFC 7515), ES256 only.

The algorithm is fixed by the type of the statement and never chosen by its header. There is one way to write each
statement: the payload is canonical JSON (RFC 8785), the base64url has no spare bits, and of the two signatures that
ECDSA knows for the same words only the one with the smaller `s` counts, so a statement cannot be written differently
and still be sound. Pure: no clock, no table, no network.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from common.base64url import from_base64url, to_base64url
from common.errors import Refusal
from common.json import canonical, read_strict

ALGORITHM: Final = "ES256"
MOST_BYTES: Final = 32 * 1024
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256."""
_HALF: Final = _ORDER // 2


class NotSound(ValueError):
    """It is no statement of ours, or not the one that was signed. `why` is for who checks it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def sign(payload: bytes, *, key: EllipticCurvePrivateKey, kid: str, kind: str) -> str:
    """The compact serialization; `kind` is the header's `typ`."""
    header = canonical({"alg": ALGORITHM, "kid": kid, "typ": kind})
    words = f"{to_base64url(header)}.{to_base64url(payload)}"
    r, s = decode_dss_signature(key.sign(words.encode(), ECDSA(SHA256())))
    raw = r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")
    return f"{words}.{to_base64url(raw)}"


def verify(statement: str, jwks: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
    """What it says, when one of these keys signed exactly this. Raises NotSound for everything else."""
    if len(statement) > MOST_BYTES:
        raise NotSound("it is too long")
    parts = statement.split(".")
    if len(parts) != 3:
        raise NotSound("it does not have three parts")
    try:
        header, payload, raw = (from_base64url(part) for part in parts)
    except ValueError:
        raise NotSound("a part is not base64url") from None
    head = _members(header, "header")
    if head.keys() != {"alg", "kid", "typ"} or head["alg"] != ALGORITHM or head["typ"] != kind:
        raise NotSound(f"its header is not that of a {kind} signed with {ALGORITHM}")
    key = _key(jwks, head["kid"])
    if len(raw) != 64:
        raise NotSound("its signature is not 64 bytes long")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if s > _HALF:
        raise NotSound("its signature is not the one that is written down")
    try:
        key.verify(encode_dss_signature(r, s), f"{parts[0]}.{parts[1]}".encode(), ECDSA(SHA256()))
    except InvalidSignature:
        raise NotSound("its signature does not hold") from None
    return _members(payload, "payload")


def hash_of(statement: str) -> str:
    """SHA-256 of the compact serialization, in hexadecimal: how the next statement of a chain names this one."""
    return hashlib.sha256(statement.encode()).hexdigest()


def public_jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as others find it in a JWKS; its `kid` is its thumbprint (RFC 7638)."""
    numbers = key.public_numbers()
    members = {"crv": "P-256", "kty": "EC", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}
    return {**members, "kid": to_base64url(hashlib.sha256(canonical(members)).digest()), "alg": ALGORITHM, "use": "sig"}


def _coordinate(value: int) -> str:
    return to_base64url(value.to_bytes(32, "big"))


def _members(body: bytes, what: str) -> dict[str, Any]:
    try:
        members = read_strict(body, most_bytes=MOST_BYTES)
    except Refusal:
        raise NotSound(f"its {what} is not strict JSON") from None
    if not isinstance(members, dict) or canonical(members) != body:
        raise NotSound(f"its {what} is not written in the canonical way")
    return members


def _key(jwks: Mapping[str, Any], kid: object) -> EllipticCurvePublicKey:
    """Only what is an ES256 key by its own words is taken: a shared secret or an RSA key is never tried."""
    for found in jwks.get("keys", ()):
        if isinstance(kid, str) and found.get("kid") == kid:
            if (found.get("kty"), found.get("crv"), found.get("alg", ALGORITHM)) != ("EC", "P-256", ALGORITHM):
                raise NotSound("the key that it names is none for this algorithm")
            try:
                x, y = (int.from_bytes(from_base64url(found.get(name)), "big") for name in ("x", "y"))
                return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
            except ValueError:
                raise NotSound("the key that it names is no point of the curve") from None
    raise NotSound("it was signed with a key that is not among those you trust")
