"""What this process remembers about API keys, for at most five seconds.

So a revoked key stops working that soon in every process, and at once in the one that revoked it.
"""

from datetime import datetime, timedelta
from typing import Final

from merchants.types import KeyHolder

LASTS: Final = timedelta(seconds=5)
_MOST: Final = 10_000

_remembered: dict[bytes, tuple[KeyHolder, datetime, datetime | None]] = {}
"""Digest of the presented text → who it is, when that was read, when the key expires. Never the text itself."""


def recall(digest: bytes, *, now: datetime) -> KeyHolder | None:
    known = _remembered.get(digest)
    if known is None:
        return None
    holder, read_at, expires_at = known
    # The clock may be another in a test or after a correction: what seems to be read in the future is not trusted.
    fresh = read_at <= now < read_at + LASTS and (expires_at is None or now < expires_at)
    return holder if fresh else None


def remember(digest: bytes, holder: KeyHolder, *, expires_at: datetime | None, now: datetime) -> None:
    if len(_remembered) >= _MOST:
        _remembered.clear()
    _remembered[digest] = (holder, now, expires_at)


def forget_key(key_id: str) -> None:
    for digest, (holder, _read_at, _expires_at) in list(_remembered.items()):
        if holder.key_id == key_id:
            _remembered.pop(digest, None)


def forget_keys_of(merchant_id: str) -> None:
    for digest, (holder, _read_at, _expires_at) in list(_remembered.items()):
        if holder.merchant.id == merchant_id:
            _remembered.pop(digest, None)
