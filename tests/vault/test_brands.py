"""Which numbers are whose, and which serve in which mode."""

import re
from datetime import UTC, datetime

import pytest

from common.logs import passes_luhn
from vault.errors import BrandNotAccepted, ExpiredCard, IncorrectNumber, NoTestCards, OnlyTestCards
from vault.safe.brands import TEST_NUMBERS, brand_of, is_test_number, read_card

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PREFIXES = {"visa": ("400000990000", 3), "mastercard": ("555555990000", 3), "jcb": ("353011990000", 3),
            "amex": ("378282990000", 2), "diners": ("30569399000", 2)}  # fmt: skip
CODES = {"amex": "1234"}


def luhn_complete(digits):
    return next(digits + str(check) for check in range(10) if passes_luhn(digits + str(check)))


def typed(number, **members):
    brand = brand_of(number)
    code = CODES.get(brand.name if brand else "", "123")
    return {"number": number, "exp_month": 12, "exp_year": 30, "security_code": code, **members}


@pytest.mark.parametrize("number", sorted(TEST_NUMBERS))
def test_every_published_number_is_a_card_in_the_sandbox_and_none_in_live(number):
    assert passes_luhn(number)
    assert read_card(typed(number), sandbox=True, now=NOON).card.pan.last4 == number[-4:]
    with pytest.raises(NoTestCards):
        read_card(typed(number), sandbox=False, now=NOON)


@pytest.mark.parametrize("brand", PREFIXES)
def test_every_scenario_of_every_brand(brand):
    prefix, width = PREFIXES[brand]
    for scenario in range(1, 87):
        number = luhn_complete(f"{prefix}{scenario:0{width}d}")
        assert read_card(typed(number), sandbox=True, now=NOON).brand == brand


def test_the_family_of_exact_answers():
    for number in ("4000009800000054", "4000009800000146", "4000009800000518", "4000009800000963"):
        assert is_test_number(number)


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4242424242424242", "visa"),
        ("2223003122003222", "mastercard"),
        ("5555555555554444", "mastercard"),
        ("3530111333300000", "jcb"),
        ("378282246310005", "amex"),
        ("30569309025904", "diners"),
        ("6011111111111117", "discover"),
    ],
)
def test_whose_it_is(number, brand):
    assert brand_of(number).name == brand


def test_a_real_card_is_taken_in_live_only():
    number = luhn_complete("453957876362148")
    assert read_card(typed(number), sandbox=False, now=NOON).brand == "visa"
    with pytest.raises(OnlyTestCards):
        read_card(typed(number), sandbox=True, now=NOON)


@pytest.mark.parametrize("sandbox", [True, False])
def test_what_no_mode_takes(sandbox):
    with pytest.raises(BrandNotAccepted):
        read_card(typed("6011111111111117"), sandbox=sandbox, now=NOON)
    with pytest.raises(BrandNotAccepted):
        read_card(typed(luhn_complete("999999999999999")), sandbox=sandbox, now=NOON)
    with pytest.raises(IncorrectNumber):
        read_card(typed(luhn_complete("42424242424242")), sandbox=sandbox, now=NOON)


def test_a_card_serves_until_its_months_last_day_in_japan():
    last_evening = datetime(2026, 11, 30, 14, 59, tzinfo=UTC)
    midnight = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    november = typed("4242424242424242", exp_month=11, exp_year=2026)
    assert read_card(november, sandbox=True, now=last_evening)
    with pytest.raises(ExpiredCard):
        read_card(november, sandbox=True, now=midnight)


def test_the_published_list_is_the_facts():
    assert len(TEST_NUMBERS) == 38
    assert all(re.fullmatch(r"\d{14,16}", number) for number in TEST_NUMBERS)
