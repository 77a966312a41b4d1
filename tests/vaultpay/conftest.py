"""A till to buy at, for the staff to have something to read, and two of them at their browsers."""

import pytest

from tests.payments.conftest import network, till  # noqa: F401 (fixtures)
from tests.vaultpay.desk import at_the_desk


@pytest.fixture
def mamoru(db):
    return at_the_desk("mamoru")


@pytest.fixture
def yuki(db):
    return at_the_desk("yuki")
