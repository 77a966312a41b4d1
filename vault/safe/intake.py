"""HPKE (RFC 9180), base mode: X25519, HKDF-SHA-256, AES-256-GCM. What browsers do with `@hpke/core`.

The sealed bytes are `enc` (32) ‖ ciphertext, the associated data is empty; `info` names this intake, its owner and its
session, so what was sealed for one cannot be opened for another.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from common.secrets import Secret
from vault.safe.envelope import DoesNotOpen, facts

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
MOST_BYTES: Final = 2048


def intake_info(*, intake_id: str, key_id: str, owner_ref: str, session_digest: str) -> bytes:
    return facts("vaultpay/intake/v1", intake_id, key_id, owner_ref, session_digest)


def new_key_pair() -> tuple[Secret, bytes]:
    """A private key, and the public half that browsers get."""
    private = X25519PrivateKey.generate()
    return Secret(private.private_bytes_raw()), private.public_key().public_bytes_raw()


def open_sealed(sealed: bytes, *, private_key: Secret, info: bytes) -> bytes:
    """Raises DoesNotOpen."""
    if len(sealed) > MOST_BYTES:
        raise DoesNotOpen
    try:
        return SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private_key.reveal()), info=info)
    except (InvalidTag, ValueError):
        raise DoesNotOpen from None
