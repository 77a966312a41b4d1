from hypothesis import given
from hypothesis.strategies import integers, lists

from common.money import Money


@given(minor=integers(0, 10**12), weights=lists(integers(1, 9_999), min_size=1, max_size=9))
def test_sharing_loses_nothing(minor: int, weights: list[int]) -> None:
    assert sum(part.minor for part in Money(minor, "JPY").share(weights)) == minor
