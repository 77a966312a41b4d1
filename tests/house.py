"""The whole product, running: for stories that need real processes, a real browser or a real `kill -9`.

One house per worker of pytest, started when the first story asks for it, on free ports and in a folder of its own.
Stories that share it are kept together: mark their module with `pytest.mark.xdist_group("house")` and `loopback`.
"""

from collections.abc import Iterator

import pytest

from tests.outside import Outside
from vaultpay.environment import Environment, Launch
from vaultpay.launch.house import House
from vaultpay.launch.ports import Ports


def new_house(state_dir, **settings) -> House:
    """A house that nobody has started. `settings` are fields of Environment; silence on the wire is three seconds."""
    facts = {
        "state_dir": state_dir,
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "wire_total_seconds": 3.0,
        "three_ds": "always",
    }
    facts |= settings
    environment = Environment(**facts)
    return House(environment=environment, launch=Launch(), ports=Ports.free())


@pytest.fixture(scope="session")
def running_house(tmp_path_factory) -> Iterator[House]:
    """`.base_url`, `.demo` (as in demo.json), `.supervisor.kill("safe")`, `.restart("safe")`, `.manage("verify")`."""
    house = new_house(tmp_path_factory.mktemp("house"))
    try:
        house.start()
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="session")
def outside(running_house) -> Iterator[Outside]:
    """The running house as its neighbours meet it."""
    stranger = Outside(running_house)
    yield stranger
    stranger.leave()
