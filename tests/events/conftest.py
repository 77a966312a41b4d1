"""Short words for stories about events."""

import pytest

from common.actors import SYSTEM
from common.db import transaction
from events import registry
from events import services as events
from tests.cast import NOON


@pytest.fixture(autouse=True)
def every_event_is_as_described() -> None:
    """Here it matters whether and how something is heard, not what: the events are made up, and fit no schema."""


@pytest.fixture
def happened():
    """Record that something happened, in a commit of its own."""

    def happened(event_type="payment.captured", subject="pay_1", owner="mer_1", at=NOON, **data):
        return transaction(events.record_event)(
            event_type, subject=subject, by=SYSTEM, at=at, owner_ref=owner, data=data
        )

    return happened


@pytest.fixture
def tell():
    """Tell until nothing is due; returns how many events were taken up."""

    def tell(now=NOON):
        told = 0
        while done := events.tell_events(now=now):
            told += done
        return told

    return tell


@pytest.fixture
def hears(monkeypatch):
    """Make these the only handlers: `hears({"payment.captured": [handler]})`."""

    def hears(handlers):
        monkeypatch.setattr(registry, "all_handlers", lambda: handlers)

    hears({})
    return hears
