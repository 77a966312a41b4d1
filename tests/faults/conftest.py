"""A house of its own for the stories in which it is hurt: its clock runs ahead, and its processes die."""

from collections.abc import Iterator

import pytest

from tests.house import new_house
from tests.outside import Outside


@pytest.fixture(scope="module")
def outside(tmp_path_factory) -> Iterator[Outside]:
    house = new_house(tmp_path_factory.mktemp("hurt"))
    try:
        house.start()
        stranger = Outside(house)
        yield stranger
        stranger.leave()
    finally:
        house.stop()
