from tests.payments.conftest import network, till  # noqa: F401 (fixtures for the stories here)
