"""Check a signed receipt offline: JWS compact serialization (RFC 7515) with ES256 (RFC 7518, section 3.4)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from vaultpay_client.errors import NotAReceipt


def verify_receipt(jws: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """What the receipt says, once its signature holds with one of the commerce's keys. Raises NotAReceipt.

    The algorithm is fixed, whatever the header claims; the key is found by `kid` among the EC keys that you trust.
    """
    try:
        head, body, signature = jws.strip().split(".")
        header, payload, raw = _object(head), _object(body), _bytes(signature)
    except (ValueError, RecursionError):
        raise NotAReceipt("this is no signed receipt") from None
    if header.get("alg") != "ES256" or "crit" in header or len(raw) != 64:
        raise NotAReceipt("the algorithm is not ES256")
    numbers = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        _key(jwks, header.get("kid")).public_key().verify(numbers, f"{head}.{body}".encode(), ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise NotAReceipt("the signature does not hold") from None
    return payload


def verify_chain(receipts: Iterable[str], jwks: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One customer's own copies in their order: each verifies, and commits to the hash of the one before it.

    What opens a commitment stands behind a tilde and is on the customer's copy only. A shop's copies verify one by one.
    """
    payloads: list[dict[str, Any]] = []
    earlier = ""
    for copy in receipts:
        jws, _tilde, opening = copy.strip().partition("~")
        payload = verify_receipt(jws, jwks)
        if earlier and not _follows(payload, opening, sha256(earlier.encode()).hexdigest()):
            raise NotAReceipt(f"receipt {payload.get('id')} does not follow the one before it")
        payloads.append(payload)
        earlier = jws
    return payloads


def _follows(payload: Mapping[str, Any], opening: str, hash_before: str) -> bool:
    if "prev_commitment" in payload:
        return bool(opening) and payload["prev_commitment"] == sha256(f"{opening}.{hash_before}".encode()).hexdigest()
    return bool(payload.get("prev_hash") == hash_before)


def _key(jwks: Mapping[str, Any], kid: object) -> EllipticCurvePublicNumbers:
    for key in jwks.get("keys", ()):
        if isinstance(kid, str) and key.get("kid") == kid and key.get("kty") == "EC" and key.get("crv") == "P-256":
            x, y = (int.from_bytes(_bytes(key[name]), "big") for name in ("x", "y"))
            return EllipticCurvePublicNumbers(x, y, SECP256R1())
    raise NotAReceipt("it was signed with a key that this commerce does not have")


def _object(text: str) -> dict[str, Any]:
    found = json.loads(_bytes(text))
    if not isinstance(found, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 (one kind of no for whatever a stranger sent)
    return found


def _bytes(text: str) -> bytes:
    if not isinstance(text, str) or not text.isascii() or "=" in text or "+" in text or "/" in text:
        raise ValueError("no base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
