"""Card numbers and security codes as types that cannot be printed, pickled, compared or serialised."""

from dataclasses import dataclass
from typing import NoReturn, SupportsIndex

from common.logs import passes_luhn


class _Unspeakable:
    """Digits that no log, traceback, pickle or JSON can show."""

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        self._digits = digits

    def reveal_to_network(self) -> str:
        """The one way out; look for this name to find every place where the digits are seen."""
        return self._digits

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is never pickled or copied")

    def __eq__(self, _other: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is never compared")

    __hash__ = None  # type: ignore[assignment]  # it is no key of a mapping either


class Pan(_Unspeakable):
    """A card number: 12 to 19 digits that pass the Luhn check."""

    __slots__ = ()

    def __init__(self, digits: str) -> None:
        if not (digits.isascii() and digits.isdecimal() and 12 <= len(digits) <= 19 and passes_luhn(digits)):
            raise ValueError("not a card number")
        super().__init__(digits)

    def __repr__(self) -> str:
        return f"Pan(•••• {self.last4})"

    @property
    def last4(self) -> str:
        return self._digits[-4:]

    @property
    def bin6(self) -> str:
        return self._digits[:6]

    @property
    def length(self) -> int:
        return len(self._digits)


class SecurityCode(_Unspeakable):
    """Three or four digits that live in the safe's memory between the intake and the answer of the issuer."""

    __slots__ = ()

    def __init__(self, digits: str) -> None:
        if not (digits.isascii() and digits.isdecimal() and len(digits) in {3, 4}):
            raise ValueError("not a security code")
        super().__init__(digits)

    def __repr__(self) -> str:
        return "SecurityCode(•••)"


@dataclass(frozen=True, slots=True, eq=False)
class OpenCard:
    """A card out of its record: what a message to the network needs."""

    pan: Pan
    exp_month: int
    exp_year: int

    @property
    def expiry(self) -> str:
        """Field 14: YYMM."""
        return f"{self.exp_year % 100:02d}{self.exp_month:02d}"


@dataclass(frozen=True, slots=True, eq=False)
class TypedCard:
    """A card as somebody has just typed it, found acceptable."""

    card: OpenCard
    brand: str
    security_code: SecurityCode
