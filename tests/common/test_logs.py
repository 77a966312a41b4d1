"""Card numbers that got into a log by mistake are masked there."""

import io
import logging
from urllib.parse import quote

import pytest

from common.logs import MaskCardNumbers, mask_card_numbers

NUMBER = "4242424242424242"


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "4242.4242.4242.4242",
        "４２４２４２４２４２４２４２４２",
        "378282246310005",
        "3782 822463 10005",
        quote("4242 4242 4242 4242"),
        "".join(f"%3{digit}" for digit in NUMBER),
        "".join(f"&#{ord(digit)};" for digit in NUMBER),
        "".join(f"\\u003{digit}" for digit in NUMBER),
        quote("４２４２４２４２４２４２４２４２"),
        "0800016424242424242424200000000000001280011221345011234562245011122301259",
    ],
)
def test_a_card_number_is_masked(text):
    masked = mask_card_numbers(f"before {text} after")
    assert text not in masked
    assert masked.startswith("before [")
    assert masked.endswith("] after")


@pytest.mark.parametrize(
    "text",
    [
        "pay_01k9zz2m4v8e5r2t6y7w8q9a0b",
        "2026-11-22 13:45:01,123 done in 0.123456789 s",
        "4242424242424241",
        "¥12,800 of ¥1,000,000",
        "sent 1763815501 bytes 17638",
    ],
)
def test_other_digits_are_left_alone(text):
    assert mask_card_numbers(text) == text


def test_the_filter_masks_message_arguments_and_traceback():
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(MaskCardNumbers())
    logger = logging.getLogger("test_logs")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        logger.warning("card %s", NUMBER, stack_info=True)
        try:
            raise ValueError(f"bad card {NUMBER}")  # noqa: TRY301
        except ValueError:
            logger.exception("it broke")
    finally:
        logger.removeHandler(handler)
    text = written.getvalue()
    assert "[card •••• 4242]" in text
    assert "Traceback" in text
    assert NUMBER not in text
