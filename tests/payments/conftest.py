import pytest

from tests.payments.till import Till
from tests.vault.played import PlayedNetwork
from vault.gateways.safe import another_door
from vault.types import Acknowledged


class Network(PlayedNetwork):
    """A capture that is booked already is acknowledged again: repeating an advice is harmless."""

    def _send_capture(self, *, reference, advice_ref, amount, **facts):
        row = self.book.get(reference)
        if row and (row["state"], row["captured"]) == ("captured", amount) and not self._silent and not self._down:
            return Acknowledged("00")
        return super()._send_capture(reference=reference, advice_ref=advice_ref, amount=amount, **facts)


@pytest.fixture
def network():
    played = Network()
    with another_door(played):
        yield played


@pytest.fixture
def till(db, network) -> Till:
    return Till(network)
