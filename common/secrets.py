"""Secrecy is a type: what cannot be printed, pickled or serialised cannot be logged."""

import hmac
from typing import NoReturn


class Secret:
    """Bytes that must not be seen. `reveal()` is the one greppable way out."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a mapping

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")
