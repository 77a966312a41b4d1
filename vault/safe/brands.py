"""Which card is whose, what a correct one looks like, and which numbers are only for tests (facts 2)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from common.clock import business_date
from vault.errors import (
    BrandNotAccepted,
    ExpiredCard,
    IncorrectNumber,
    IncorrectSecurityCode,
    InvalidExpiry,
    NoTestCards,
    OnlyTestCards,
)
from vault.safe.pan import OpenCard, Pan, SecurityCode, TypedCard


@dataclass(frozen=True, slots=True)
class Brand:
    name: str
    prefixes: tuple[tuple[int, int], ...]
    """Inclusive ranges; both ends have the same number of digits."""
    lengths: frozenset[int]
    code_length: int

    def owns(self, digits: str) -> bool:
        return any(low <= int(digits[: len(str(low))]) <= high for low, high in self.prefixes)


# fmt: off
BRANDS: Final = (
    Brand("visa",       ((4, 4),),                                         frozenset({13, 16, 19}),   3),
    Brand("mastercard", ((51, 55), (2221, 2720)),                          frozenset({16}),           3),
    Brand("jcb",        ((3528, 3589),),                                   frozenset(range(16, 20)),  3),
    Brand("amex",       ((34, 34), (37, 37)),                              frozenset({15}),           4),
    Brand("diners",     ((300, 305), (3095, 3095), (36, 36), (38, 39)),    frozenset(range(14, 20)),  3),
    Brand("discover",   ((6011, 6011), (644, 649), (65, 65)),              frozenset({16}),           3),
)
NOT_ACCEPTED: Final = frozenset({"discover"})

TEST_NUMBERS: Final = frozenset({
    "4242424242424242", "4012888888881881", "4000056655665556", "4000003920000003", "5555555555554444",
    "2223003122003222", "5200828282828210", "5105105105105100", "3530111333300000", "3566002020360505",
    "378282246310005", "371449635398431", "30569309025904", "38520000023237", "4000000000000002",
    "4000000000009995", "4000000000009987", "4000000000009979", "4000000000000069", "4000000000000127",
    "4000000000000119", "4000000000006975", "4000000000000101", "4000000000000341", "4000002760003184",
    "4000002500003155", "4000000000003220", "4000008400001629", "4000008260003178", "4000000000000259",
    "4000000000002685", "4000000000001976", "4000000000005423", "4000000000007726", "4000000000005126",
    "4100000000000019", "4000000000004954", "4000000000009235",
})
# fmt: on
"""The numbers that everybody knows. All pass the Luhn check, or Pan would refuse them before."""

TEST_FAMILIES: Final = re.compile(
    r"4000009800000\d{2}\d"  # answer exactly this response code
    r"|(?:400000990000|555555990000|353011990000)\d{3}\d"  # scenario NN: Visa, Mastercard, JCB
    r"|378282990000\d{2}\d"  # Amex
    r"|30569399000\d{2}\d"  # Diners
)

PREPAID: Final = frozenset({"510510"})
"""First six digits of cards that cannot be loaded again; the full list is in an acquirer's table of ranges."""

LATEST_YEARS: Final = 20
"""No card is issued for longer; a later year is a slip of the finger."""


def is_test_number(digits: str) -> bool:
    return digits in TEST_NUMBERS or TEST_FAMILIES.fullmatch(digits) is not None


def brand_of(digits: str) -> Brand | None:
    return next((brand for brand in BRANDS if brand.owns(digits)), None)


def read_card(members: Mapping[str, Any], *, sandbox: bool, now: datetime) -> TypedCard:
    """The card in what a browser sealed. Full-width digits, spaces and hyphens are what people type, and are read.

    Refuses: IncorrectNumber, BrandNotAccepted, OnlyTestCards, NoTestCards, InvalidExpiry, ExpiredCard,
    IncorrectSecurityCode.
    """
    digits = _digits(members.get("number"))
    try:
        pan = Pan(digits)
    except ValueError:
        raise IncorrectNumber from None
    brand = brand_of(digits)
    if brand is None or brand.name in NOT_ACCEPTED:
        raise BrandNotAccepted
    if pan.length not in brand.lengths:
        raise IncorrectNumber
    if sandbox and not is_test_number(digits):
        raise OnlyTestCards
    if not sandbox and is_test_number(digits):
        raise NoTestCards
    month, year = _expiry(members, now=now)
    code = _digits(members.get("security_code"))
    if len(code) != brand.code_length:
        raise IncorrectSecurityCode
    try:
        security_code = SecurityCode(code)
    except ValueError:
        raise IncorrectSecurityCode from None
    return TypedCard(OpenCard(pan, month, year), brand.name, security_code)


def _expiry(members: Mapping[str, Any], *, now: datetime) -> tuple[int, int]:
    """Month and four-digit year. A card serves until the last day of its month, in Japan's calendar."""
    month_text, year_text = _digits(members.get("exp_month")), _digits(members.get("exp_year"))
    if not (1 <= len(month_text) <= 2 and len(year_text) in {2, 4} and (month_text + year_text).isdecimal()):
        raise InvalidExpiry
    month, year = int(month_text), int(year_text)
    if len(year_text) == 2:
        year += 2000
    today = business_date(now)
    if not 1 <= month <= 12 or year > today.year + LATEST_YEARS:
        raise InvalidExpiry
    if (year, month) < (today.year, today.month):
        raise ExpiredCard
    return month, year


def _digits(value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", str(value)))[:32]
