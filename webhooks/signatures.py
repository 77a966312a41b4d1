"""Standard Webhooks 1.0.0 signatures: `v1` (HMAC-SHA-256) and `v1a` (Ed25519). Pure; checked against published vectors.

Source: the specification "Standard Webhooks", sections "Signature scheme" and "Secret".
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_PREFIX = "whsec_"  # noqa: S105 (a prefix, not a secret)
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(32)).decode()


def new_private_key() -> str:
    """`whsk_` and an Ed25519 seed of 32 bytes in base64."""
    return PRIVATE_PREFIX + b64encode(secrets.token_bytes(32)).decode()


def public_key_of(private_key: str) -> str:
    return PUBLIC_PREFIX + b64encode(_ed25519(private_key).public_key().public_bytes_raw()).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """The keys of one endpoint, read once for all that is signed with them."""

    secrets: Sequence[bytes] = field(repr=False)
    private_key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, *, symmetric: Sequence[str], private_key: str) -> Self:
        return cls([_secret_bytes(secret) for secret in symmetric], _ed25519(private_key))

    def signatures(self, *, message_id: str, timestamp: int, body: bytes) -> str:
        """The value of `webhook-signature`: one `v1` per live secret, newest first, then one `v1a`."""
        signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
        parts = [f"v1,{b64encode(hmac.digest(secret, signed, 'sha256')).decode()}" for secret in self.secrets]
        return " ".join([*parts, f"v1a,{b64encode(self.private_key.sign(signed)).decode()}"])


def _secret_bytes(secret: str) -> bytes:
    return b64decode(secret.removeprefix(SECRET_PREFIX))


def _ed25519(private_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b64decode(private_key.removeprefix(PRIVATE_PREFIX)))
