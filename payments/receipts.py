"""Checking signed receipts: one, or a wallet's whole chain. Pure: no table, no network, only the words and the keys.

A receipt proves that this commerce stated exactly these facts, with a key that you trust. A chain proves besides that
nothing was left out between its first and its last receipt, and that nothing was put in later.

The chain is its customer's. A statement carries only a commitment to the receipt before it, and what opens that
commitment stands behind a tilde on the customer's copy: `<JWS>~<opening>`. Shops keep the JWS, and two of them cannot
tell that one customer bought at both.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from common.jws import NotSound, hash_of, verify
from vault.types import RECEIPT_TYPE

__all__ = ["NotSound", "commitment", "copy_of_customer", "follows", "split_copy", "verify_chain", "verify_receipt"]

_TILDE: Final = "~"


def commitment(*, opening: str, prev_hash: str) -> str:
    """What a statement says of the receipt before it; `prev_hash` is empty for a wallet's first."""
    return hashlib.sha256(f"{opening}.{prev_hash}".encode()).hexdigest()


def copy_of_customer(jws: str, *, opening: str) -> str:
    return f"{jws}{_TILDE}{opening}" if opening else jws


def split_copy(copy: str) -> tuple[str, str]:
    """The JWS and its opening, which is empty on a shop's copy and on receipts of version 1."""
    jws, _tilde, opening = copy.strip().partition(_TILDE)
    return jws, opening


def follows(said: Mapping[str, Any], *, opening: str, prev_hash: str) -> bool:
    """Whether the statement names the receipt of this hash as the one before it."""
    if "prev_commitment" in said:
        fits: bool = said["prev_commitment"] == commitment(opening=opening, prev_hash=prev_hash)
        return bool(opening) and fits
    return bool(said.get("prev_hash") == (prev_hash or None))  # version 1 named it openly


def verify_receipt(jws: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """What the receipt states. Raises NotSound unless one of these keys signed exactly this."""
    return verify(jws.strip(), jwks, kind=RECEIPT_TYPE)


def verify_chain(copies: Iterable[str], jwks: Mapping[str, Any], *, whole: bool = False) -> list[dict[str, Any]]:
    """What the customer's copies of one wallet state, the oldest first. Raises NotSound where one does not follow.

    With `whole` the first one must be the wallet's first; otherwise a part of the chain will do.
    """
    statements: list[dict[str, Any]] = []
    before = ""
    for number, copy in enumerate(copies, start=1):
        jws, opening = split_copy(copy)
        said = verify_receipt(jws, jwks)
        if (number > 1 or whole) and not follows(said, opening=opening, prev_hash=before):
            raise NotSound(
                f"receipt {number} ({said.get('id')}) does not follow the one before it{_why(said, opening)}"
            )
        before = hash_of(jws)
        statements.append(said)
    return statements


def _why(said: Mapping[str, Any], opening: str) -> str:
    return ": a shop’s copy shows no chain" if "prev_commitment" in said and not opening else ""
