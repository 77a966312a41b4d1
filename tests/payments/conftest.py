import pytest

from tests.payments.till import Till


@pytest.fixture
def till(db, network) -> Till:
    return Till(network)
