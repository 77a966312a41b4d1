"""Money: whole minor units and a currency. There is no `*` and no `/`: every rounding has a name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

EXPONENTS: Final = {"JPY": 0, "USD": 2, "KWD": 3, "PTS": 0}
"""Digits after the decimal point (ISO 4217, list published 2026-01-01). Points are a currency of ours."""

NUMERIC_CODES: Final = {"JPY": "392", "USD": "840", "KWD": "414"}
"""ISO 4217 numeric codes, as the card network writes them. Points never reach the network."""

MOST_MINOR: Final = 10**12
"""The largest amount that a caller may ask for, in minor units."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met. Always a bug of ours, so it is an error and not a refusal."""


@dataclass(frozen=True, slots=True)
class Money:
    """Money(1200, "JPY") is ¥1,200; Money(1200, "USD") is $12.00; Money(1200, "PTS") is 1,200 points."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are a whole number, not {type(self.minor).__name__}")
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def __add__(self, other: Self) -> Self:
        return replace(self, minor=self.minor + self._same(other).minor)

    def __sub__(self, other: Self) -> Self:
        return replace(self, minor=self.minor - self._same(other).minor)

    def __neg__(self) -> Self:
        return replace(self, minor=-self.minor)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Self) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Self) -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: Self) -> bool:
        return self.minor > self._same(other).minor

    def __ge__(self, other: Self) -> bool:
        return self.minor >= self._same(other).minor

    def __str__(self) -> str:
        """¥1,200, $12.00 or 1,200 PTS: the same in every language, for logs and refusals."""
        text = f"{self.as_decimal_text(thousands=True)}"
        match self.currency:
            case "JPY":
                return f"-¥{text[1:]}" if self.minor < 0 else f"¥{text}"
            case "USD":
                return f"-${text[1:]}" if self.minor < 0 else f"${text}"
            case _:
                return f"{text} {self.currency}"

    def as_decimal_text(self, *, thousands: bool = False) -> str:
        """The amount in major units with exactly the currency's decimals: "12800", "12.00". For standards that ask."""
        digits = EXPONENTS[self.currency]
        whole, rest = divmod(abs(self.minor), 10**digits)
        text = f"{whole:,}" if thousands else str(whole)
        if digits:
            text = f"{text}.{rest:0{digits}}"
        return f"-{text}" if self.minor < 0 else text

    def share(self, weights: Sequence[int]) -> list[Self]:
        """Split by weight and lose nothing: leftover units go to the largest remainders, ties to the earlier share."""
        total = sum(weights)
        whole, rest = zip(*(divmod(self.minor * weight, total) for weight in weights), strict=True)
        lucky = sorted(range(len(weights)), key=lambda i: -rest[i])[: self.minor - sum(whole)]
        return [replace(self, minor=part + (i in lucky)) for i, part in enumerate(whole)]

    def basis_points_floored(self, basis_points: int) -> Self:
        """`basis_points` hundredths of a percent, rounded towards zero: how points are earned."""
        return replace(self, minor=self.minor * basis_points // 10_000)

    def basis_points_half_up(self, basis_points: int) -> Self:
        """`basis_points` hundredths of a percent, halves rounded up: how a fee is taken from one line."""
        return replace(self, minor=(self.minor * basis_points + 5_000) // 10_000)

    def _same(self, other: Self) -> Self:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} met {other.currency}")
        return other


def percent_text(basis_points: int) -> str:
    """100 → 1%, 150 → 1.5%: the same in every language."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def yen(minor: int) -> Money:
    return Money(minor, "JPY")


def pts(minor: int) -> Money:
    return Money(minor, "PTS")
