"""Facts written down by the functions are the very rows that the plain verbs write."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.actors import Actor
from common.db import transaction
from common.functions import call_function
from events import services as events
from events.models import AuditRecord, Event, EventTelling

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT | st.lists(TEXT)
FACTS = st.dictionaries(TEXT, VALUES, max_size=4)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds)
ACTOR = Actor("key_01jd0000000000000000000000")


def rows(model):
    """All columns but the id, which is always a new one."""
    return [{name: value for name, value in row.items() if not name.endswith("id")} for row in model.objects.values()]


class TestEventsRecord:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
    @given(subject=TEXT, owner=TEXT, at=MOMENTS, data=FACTS, facts=FACTS)
    def test_writes_what_record_event_writes(self, subject, owner, at, data, facts):
        said = {"subject": subject, "owner_ref": owner, "by": ACTOR, "at": at, "data": data, "facts": facts}
        transaction(events.record_event)("tea.poured", **said)
        document = events.event_document("tea.poured", **said)
        assert call_function("events_record", {"events": [document]}) == 1
        (plain, at_once), (one, other) = rows(Event), rows(EventTelling)
        assert (plain, one) == (at_once, other)
        forget()

    def test_gives_each_event_its_place_in_the_outbox(self):
        said = {"subject": "pay_1", "by": ACTOR, "at": datetime(2026, 11, 22, tzinfo=UTC), "data": {}}
        documents = [events.event_document("tea.poured", **said) for _ in range(3)]
        assert call_function("events_record", {"events": documents}) == 3
        assert set(EventTelling.objects.values_list("event_id")) == set(Event.objects.values_list("id"))


class TestEventsWriteAudit:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
    @given(subject=TEXT, at=MOMENTS, data=FACTS)
    def test_writes_what_write_audit_writes(self, subject, at, data):
        said = {"subject": subject, "by": ACTOR, "at": at, "data": data}
        transaction(events.write_audit)("payment.approved", **said)
        call_function("events_write_audit", {"records": [events.audit_document("payment.approved", **said)]})
        plain, at_once = rows(AuditRecord)
        assert plain == at_once
        forget()


def forget():
    from tests.conftest import empty_the_tables

    empty_the_tables()
