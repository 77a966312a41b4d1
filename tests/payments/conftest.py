import pytest

from tests.payments.till import Till
from tests.vault.played import PlayedNetwork
from vault.gateways.safe import another_door


@pytest.fixture
def network():
    played = PlayedNetwork()
    with another_door(played):
        yield played


@pytest.fixture
def till(db, network) -> Till:
    return Till(network)
