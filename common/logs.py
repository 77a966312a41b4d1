"""The net under everything that is written to a log: card numbers are masked, in whatever form they got there."""

import logging
import re
import traceback
from typing import Final

_DIGIT: Final = r"(?:%3[0-9]|%EF%BC%9[0-9]|&#(?:4[89]|5[0-7]);|\\u003[0-9]|\\uff1[0-9]|\d)"
_SEPARATOR: Final = r"(?:[\s.\-_/+]|%20|%2[Dd]|&nbsp;){0,2}"
_RUN: Final = re.compile(rf"{_DIGIT}(?:{_SEPARATOR}{_DIGIT}){{12,}}", re.IGNORECASE)
_ONE: Final = re.compile(_DIGIT, re.IGNORECASE)
_FIRST_DIGITS: Final = frozenset("23456")
"""Of the card numbers in the world that we could meet."""


def mask_card_numbers(text: str) -> str:
    """`text` with every run of digits that holds a card number (13 to 19 digits, Luhn) shown as its last four."""
    return _RUN.sub(_mask, text)


def _mask(run: re.Match[str]) -> str:
    digits = "".join(_value(token) for token in _ONE.findall(run[0]))
    if len(digits) <= 19:
        return f"[card •••• {digits[-4:]}]" if passes_luhn(digits) else run[0]
    for start, first in enumerate(digits):
        sizes = range(13, min(19, len(digits) - start) + 1)
        if first in _FIRST_DIGITS and any(passes_luhn(digits[start : start + size]) for size in sizes):
            return "[a card number within many digits]"
    return run[0]


def _value(token: str) -> str:
    if token.startswith("&#"):
        return chr(int(token[2:-1]))
    return str(int(token[-1]))  # int() reads full-width and other digits too


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


class MaskCardNumbers(logging.Filter):
    """Masks message and traceback before any formatter sees them. Lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = mask_card_numbers(message)
        if masked != message:
            record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if record.exc_text:
            record.exc_text = mask_card_numbers(record.exc_text)
        if record.stack_info:
            record.stack_info = mask_card_numbers(record.stack_info)
        return True
