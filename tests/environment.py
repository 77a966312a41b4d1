"""Loaded before the settings are read (`-p tests.environment`): starts the run's own PostgreSQL and says where it is.

Parallel workers inherit the environment and share the server, each with a database of its own. With TEST_DATABASE_URL
set, that server is used instead.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.embedded import throw_away_postgres
from vaultpay.translations import compile_catalogues

_stop_postgres: Callable[[], None] | None = None
_state_dir: str | None = None

if "VAULTPAY_TEST_PREPARED" not in os.environ:
    if url := os.environ.get("TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = url
    else:
        server = throw_away_postgres()
        os.environ["DATABASE_URL"] = server.url
        _stop_postgres = server.stop
    # State of the run (clock, keys, sockets) never touches the developer's own .vaultpay folder.
    os.environ["VAULTPAY_STATE_DIR"] = _state_dir = tempfile.mkdtemp(prefix="vp-state-")
    for folder in ("run", "staticfiles"):
        Path(os.environ["VAULTPAY_STATE_DIR"], folder).mkdir()
    # Redis only wakes: the suite shows that nothing needs it, and never rings in a developer's own.
    os.environ["REDIS_URL"] = f"unix://{os.environ['VAULTPAY_STATE_DIR']}/run/no-redis.sock"
    # Who tells a story about something else is not asked by 3-D Secure first; a running house asks always, as shipped.
    os.environ["VAULTPAY_THREE_DS"] = "off"
    compile_catalogues()
    os.environ["VAULTPAY_TEST_PREPARED"] = "1"


def pytest_unconfigure(config: pytest.Config) -> None:
    if _stop_postgres is not None:
        _stop_postgres()
    if _state_dir is not None:
        shutil.rmtree(_state_dir, ignore_errors=True)
