"""Signatures that somebody else makes with a key of their own (Ed25519, RFC 8032); we hold its public half."""

from binascii import Error as NotBase64

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from common.base64url import from_base64url, to_base64url

_MOST_PEM = 1_000


def read_public_key(pem: str) -> str:
    """The key's 32 bytes as base64url, out of the PEM that `openssl pkey -pubout` writes. ValueError for all else."""
    if len(pem) > _MOST_PEM:
        raise ValueError("too long for an Ed25519 key")
    try:
        key = load_pem_public_key(pem.strip().encode())
    except (UnsupportedAlgorithm, NotBase64) as wrong:
        raise ValueError("not a public key") from wrong
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004 (the text is wrong, not its type)
    return to_base64url(key.public_bytes_raw())


def is_signed_by(public_key: str, *, content: bytes, signature: str) -> bool:
    """Whether the detached `signature` (base64url) of exactly these bytes was made with the key's other half."""
    try:
        Ed25519PublicKey.from_public_bytes(from_base64url(public_key)).verify(from_base64url(signature), content)
    except (ValueError, InvalidSignature):
        return False
    return True
