"""A till to buy at, for the staff to have something to read."""

from tests.payments.conftest import network, till  # noqa: F401 (fixtures)
