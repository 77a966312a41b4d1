"""Money is whole minor units; every rounding has a name and loses nothing."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists

from common.money import CurrencyMismatch, Money, pts, yen


@given(minor=integers(0, 10**12), weights=lists(integers(1, 9_999), min_size=1, max_size=9))
def test_sharing_loses_nothing(minor, weights):
    assert sum(part.minor for part in Money(minor, "JPY").share(weights)) == minor


def test_leftover_yen_go_to_the_largest_remainders_and_ties_to_the_earlier():
    assert yen(1000).share([1, 1, 1]) == [yen(334), yen(333), yen(333)]


@given(minor=integers(0, 10**12), basis_points=integers(0, 10_000))
def test_points_round_down_and_fees_round_half_up(minor, basis_points):
    exact = minor * basis_points
    assert yen(minor).basis_points_floored(basis_points).minor * 10_000 <= exact
    assert abs(yen(minor).basis_points_half_up(basis_points).minor * 10_000 - exact) <= 5_000


def test_yen_and_points_never_mix():
    with pytest.raises(CurrencyMismatch):
        yen(100) + pts(1)


@pytest.mark.parametrize("minor", [1.0, "1", True, None])
def test_only_whole_numbers_are_money(minor):
    with pytest.raises(TypeError):
        Money(minor, "JPY")


@pytest.mark.parametrize(
    ("money", "text", "decimal"),
    [
        (yen(12_800), "¥12,800", "12800"),
        (Money(1_200, "USD"), "$12.00", "12.00"),
        (Money(1_200_005, "KWD"), "1,200.005 KWD", "1200.005"),
        (yen(-500), "-¥500", "-500"),
        (pts(1_200), "1,200 PTS", "1200"),
    ],
)
def test_it_is_written_with_its_currencys_own_decimals(money, text, decimal):
    assert (str(money), money.as_decimal_text()) == (text, decimal)
