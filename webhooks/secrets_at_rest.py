"""How the secrets of endpoints lie in the database: sealed under a key of their own, VAULTPAY_WEBHOOK_KEY_SECRET.

They live for years, so they do not hang on Django's secret key, which is rotated.
"""

from typing import Final

from django.conf import settings

from common.sealing import seal, unseal

_PURPOSE: Final = "webhook secrets"


def seal_secret(secret: str) -> str:
    return seal(secret, purpose=_PURPOSE, secret=settings.WEBHOOK_KEY_SECRET)


def unseal_secret(sealed: str) -> str:
    """Raises common.sealing.SealBroken under another key."""
    return unseal(sealed, purpose=_PURPOSE, secret=settings.WEBHOOK_KEY_SECRET)
