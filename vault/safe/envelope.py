"""Sealed records: an owner's key, a key of the record's own, and a commitment to it.

A record is magic ‖ salt (32) ‖ commitment (32) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag. Record key and commitment
come from the owner's key by HKDF-SHA-512 with the salt. The commitment is compared in constant time before anything is
decrypted: AES-GCM alone would let one ciphertext open under two keys. The plaintext is padded to one length for all.
What the record is, and where it belongs, is authenticated with it, so a row copied elsewhere does not open.
"""

import hmac
import os
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.secrets import Secret

MAGIC: Final = b"VPR1"
SALT, COMMITMENT, NONCE, TAG = 32, 32, 12, 16
PLAIN_LENGTH: Final = 64
RECORD_LENGTH: Final = len(MAGIC) + SALT + COMMITMENT + NONCE + PLAIN_LENGTH + TAG


class DoesNotOpen(Exception):
    """Another key, another place, or a changed byte. Which one is not said, because it is not known."""


def facts(*parts: str) -> bytes:
    """The list as bytes that only this list can give: each part is prefixed by its length."""
    encoded = [part.encode() for part in parts]
    return b"".join([struct.pack(">I", len(encoded)), *(struct.pack(">I", len(part)) + part for part in encoded)])


def seal(plain: bytes, *, key: Secret, about: bytes) -> bytes:
    salt, nonce = os.urandom(SALT), os.urandom(NONCE)
    record_key, commitment = _derive(key, salt)
    ciphertext = AESGCM(record_key).encrypt(nonce, _pad(plain), about)
    return MAGIC + salt + commitment + nonce + ciphertext


def unseal(record: bytes, *, key: Secret, about: bytes) -> bytes:
    """The plaintext of `record`. Raises DoesNotOpen."""
    if len(record) != RECORD_LENGTH or not record.startswith(MAGIC):
        raise DoesNotOpen
    salt, rest = record[len(MAGIC) : len(MAGIC) + SALT], record[len(MAGIC) + SALT :]
    commitment, nonce, ciphertext = rest[:COMMITMENT], rest[COMMITMENT : COMMITMENT + NONCE], rest[COMMITMENT + NONCE :]
    record_key, expected = _derive(key, salt)
    if not hmac.compare_digest(commitment, expected):
        raise DoesNotOpen
    try:
        return _unpad(AESGCM(record_key).decrypt(nonce, ciphertext, about))
    except InvalidTag:
        raise DoesNotOpen from None


def _derive(key: Secret, salt: bytes) -> tuple[bytes, bytes]:
    both = HKDF(algorithm=SHA512(), length=64, salt=salt, info=b"vaultpay/record/v1").derive(key.reveal())
    return both[:32], both[32:]


def _pad(plain: bytes) -> bytes:
    if len(plain) >= PLAIN_LENGTH:
        raise ValueError("too long to be sealed")
    return plain + b"\x80" + bytes(PLAIN_LENGTH - len(plain) - 1)


def _unpad(padded: bytes) -> bytes:
    return padded.rstrip(b"\x00")[:-1]
