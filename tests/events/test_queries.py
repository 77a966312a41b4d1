"""The event log of one owner."""

from datetime import timedelta

import pytest

from events.errors import EventNotFound
from events.queries import event_of, events_of
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(happened):
    return [happened(subject=f"pay_{n}", at=NOON + timedelta(minutes=n)) for n in range(5)]


def test_newest_first_and_by_pages(five):
    assert events_of("mer_1", limit=2) == [five[4], five[3]]
    assert events_of("mer_1", limit=2, starting_after=five[3].id) == [five[2], five[1]]
    assert events_of("mer_1", limit=2, ending_before=five[1].id) == [five[3], five[2]]


def test_by_type_subject_and_half_open_time(five, happened):
    canceled = happened("payment.canceled", subject="pay_2")
    assert events_of("mer_1", types=["payment.canceled"]) == [canceled]
    assert events_of("mer_1", subject="pay_2") == [canceled, five[2]]
    assert events_of("mer_1", since=five[1].occurred_at, until=five[3].occurred_at) == [five[2], five[1]]


def test_another_owners_event_is_like_none(five):
    assert event_of("mer_1", five[0].id) == five[0]
    for owner, event_id in (("mer_2", five[0].id), ("mer_1", "evt_nonsense"), ("", five[0].id)):
        with pytest.raises(EventNotFound):
            event_of(owner, event_id)
    assert events_of("mer_2") == events_of("") == []
