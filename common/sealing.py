"""Keeping small secrets in the database that a copy of the database alone must not give away.

AES-256-GCM under keys derived from a secret of the instance, one per purpose: the secret key, whose rotation only short
lives survive, or a `secret` of the caller's for what lives longer. Never for cards: those are the safe's.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE: Final = 12


class SealBroken(ValueError):
    """It was sealed under another key or for another purpose, or was changed since."""


def seal(text: str, *, purpose: str, secret: str = "") -> str:
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_key(secret or settings.SECRET_KEY, purpose)).encrypt(nonce, text.encode(), purpose.encode())
    return urlsafe_b64encode(nonce + sealed).decode()


def unseal(sealed: str, *, purpose: str, secret: str = "") -> str:
    """What was sealed, under the same secret (the secret key: or an earlier one, while its rotation lasts).

    Raises SealBroken.
    """
    try:
        raw = urlsafe_b64decode(sealed)
    except ValueError:
        raise SealBroken from None
    for one in [secret] if secret else [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            return AESGCM(_key(one, purpose)).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()).decode()
        except (InvalidTag, ValueError):
            continue
    raise SealBroken


def _key(secret: str, purpose: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"vaultpay/sealing/{purpose}".encode())
    return derive.derive(secret.encode())
