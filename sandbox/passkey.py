"""A software passkey: an authenticator that is a few lines of Python, for demo people, test helpers and tests.

It answers what `navigator.credentials.create()` and `.get()` would, in WebAuthn's JSON form. Its key grows from a seed
and a name, so whoever knows both can approve for that demo person again, in another process and on another day. It
always says that a person was there and was verified: that is what makes it fit for a sandbox only.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2 import cbor

from common.base64url import from_base64url, to_base64url

ES256: Final = -7
SOFTWARE: Final = b"vaultpay-sandbox"
"""The model of authenticator (AAGUID) that software passkeys give, by which the product labels them."""
PRESENT: Final = 0x01
VERIFIED: Final = 0x04
HAS_KEY: Final = 0x40
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class CannotAnswer(ValueError):
    """These options ask for something that this passkey has not: another algorithm, another credential."""


@dataclass(frozen=True, slots=True)
class Twists:
    """How an answer is bent before it is signed, or after: one hook per part, so a test changes one thing at a time."""

    client_data: Callable[[dict[str, Any]], dict[str, Any]] = lambda members: members
    client_data_bytes: Callable[[bytes], bytes] = lambda raw: raw
    authenticator_data: Callable[[bytes], bytes] = lambda raw: raw
    signature: Callable[[bytes], bytes] = lambda raw: raw
    flags: int = PRESENT | VERIFIED
    sign_count: int = 0
    """Zero for ever, as passkeys that are kept in several places do."""
    rp_id: str | None = None


STRAIGHT: Final = Twists()


@dataclass(frozen=True, slots=True)
class SoftwarePasskey:
    """`name` tells passkeys from one seed apart: a customer's id, or whatever stays the same."""

    seed: bytes = field(repr=False)
    name: str

    @property
    def credential_id(self) -> bytes:
        return self._grown("credential id")[:32]

    @property
    def public_key(self) -> bytes:
        """The COSE key, as it is registered."""
        point = self._key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return cbor.encode({1: 2, 3: ES256, -1: 1, -2: point[1:33], -3: point[33:]})

    def create(self, options: Mapping[str, Any], *, origin: str, twists: Twists = STRAIGHT) -> dict[str, Any]:
        """The answer to publicKey creation options (JSON form): a registration with attestation "none"."""
        offered = [parameter["alg"] for parameter in options["pubKeyCredParams"]]
        if ES256 not in offered:
            raise CannotAnswer(f"ES256 is not among the algorithms {offered}")
        if self._is_listed(options.get("excludeCredentials", [])):
            raise CannotAnswer("this passkey is registered already")
        client_data = _client_data("webauthn.create", options["challenge"], origin, twists)
        key_data = SOFTWARE + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.public_key
        authenticator_data = _authenticator_data(options["rp"]["id"], HAS_KEY, twists) + key_data
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        wants_properties = options.get("extensions", {}).get("credProps")
        spki = self._key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return self._credential(
            {
                "clientDataJSON": to_base64url(client_data),
                "attestationObject": to_base64url(attestation),
                "authenticatorData": to_base64url(authenticator_data),
                "publicKey": to_base64url(spki),
                "publicKeyAlgorithm": ES256,
                "transports": ["internal"],
            },
            extensions={"credProps": {"rk": True}} if wants_properties else {},
        )

    def get(
        self,
        options: Mapping[str, Any],
        *,
        origin: str,
        user_handle: bytes | None = None,
        payment: Mapping[str, Any] | None = None,
        twists: Twists = STRAIGHT,
    ) -> dict[str, Any]:
        """The answer to publicKey request options (JSON form).

        With `payment` it is what Secure Payment Confirmation would sign: type `payment.get` and those payment members.
        """
        allowed = options.get("allowCredentials", [])
        if allowed and not self._is_listed(allowed):
            raise CannotAnswer("this passkey is not among the allowed ones")
        kind = "webauthn.get" if payment is None else "payment.get"
        members = {} if payment is None else {"payment": dict(payment)}
        client_data = _client_data(kind, options["challenge"], origin, twists, members)
        authenticator_data = twists.authenticator_data(_authenticator_data(options["rpId"], 0, twists))
        signed = authenticator_data + hashlib.sha256(client_data).digest()
        signature = self._key().sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": to_base64url(client_data),
                "authenticatorData": to_base64url(authenticator_data),
                "signature": to_base64url(twists.signature(signature)),
                "userHandle": None if user_handle is None else to_base64url(user_handle),
            },
            extensions={},
        )

    def _credential(self, response: dict[str, Any], *, extensions: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": to_base64url(self.credential_id),
            "rawId": to_base64url(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": extensions,
            "response": response,
        }

    def _is_listed(self, descriptors: Sequence[Mapping[str, Any]]) -> bool:
        return any(from_base64url(descriptor["id"]) == self.credential_id for descriptor in descriptors)

    def _key(self) -> ec.EllipticCurvePrivateKey:
        scalar = 1 + int.from_bytes(self._grown("private key"), "big") % (_P256_ORDER - 1)
        return ec.derive_private_key(scalar, ec.SECP256R1())

    def _grown(self, what: str) -> bytes:
        return hmac.digest(self.seed, f"vaultpay software passkey\0{what}\0{self.name}".encode(), "sha512")


def _client_data(
    kind: str, challenge: str, origin: str, twists: Twists, more: Mapping[str, Any] | None = None
) -> bytes:
    members = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False, **(more or {})}
    written = json.dumps(twists.client_data(members), separators=(",", ":"), ensure_ascii=False)
    return twists.client_data_bytes(written.encode())


def _authenticator_data(rp_id: str, more_flags: int, twists: Twists) -> bytes:
    rp_hash = hashlib.sha256((twists.rp_id or rp_id).encode()).digest()
    return rp_hash + bytes([twists.flags | more_flags]) + twists.sign_count.to_bytes(4, "big")
