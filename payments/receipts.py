"""Checking signed receipts: one, or a wallet's whole chain. Pure: no table, no network, only the words and the keys.

A receipt proves that this commerce stated exactly these facts, with a key that you trust. A chain proves besides that
nothing was left out between its first and its last receipt, and that nothing was put in later.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from common.jws import NotSound, hash_of, verify
from vault.types import RECEIPT_TYPE

__all__ = ["NotSound", "verify_chain", "verify_receipt"]


def verify_receipt(jws: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """What the receipt states. Raises NotSound unless one of these keys signed exactly this."""
    return verify(jws.strip(), jwks, kind=RECEIPT_TYPE)


def verify_chain(receipts: Iterable[str], jwks: Mapping[str, Any], *, whole: bool = False) -> list[dict[str, Any]]:
    """What the receipts of one wallet state, the oldest first. Raises NotSound where one does not follow the last.

    With `whole` the first one must be the wallet's first; otherwise a part of the chain will do.
    """
    statements: list[dict[str, Any]] = []
    before = ""
    for number, jws in enumerate((one.strip() for one in receipts), start=1):
        said = verify_receipt(jws, jwks)
        named = said.get("prev_hash")
        if (number > 1 or whole) and named != (before or None):
            raise NotSound(f"receipt {number} ({said.get('id')}) does not follow the one before it")
        before = hash_of(jws)
        statements.append(said)
    return statements


def keys_as_set(keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"keys": [dict(key) for key in keys]}
