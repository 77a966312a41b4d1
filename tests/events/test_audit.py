"""The audit chain shows what somebody with every right in the database did to it."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import DatabaseError, connection

from common.actors import Actor
from common.db import transaction
from events import services as events
from events.models import AuditRecord, AuditSeal
from events.queries import audit_about
from events.types import AuditHead
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = Actor("cus_alice")
verify = partial(events.verify_audit, now=NOON)


@pytest.fixture
def done():
    """Note that Alice did something, in a commit of its own."""
    return partial(transaction(events.write_audit), "card.frozen", by=ALICE, at=NOON)


@pytest.fixture
def chain(done):
    """Five sealed records."""
    records = [done(subject=f"card_{number}", data={"reason": "lost", "amount": number}) for number in range(5)]
    events.seal_audit(now=NOON)
    return records


def tamper(statement, *values):
    """Change what the triggers protect, as a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


def found():
    return [finding.subject for finding in verify().findings]


class TestSealing:
    def test_puts_every_record_into_the_chain_once(self, done):
        for number in range(3):
            done(subject=f"card_{number}")
        assert (events.seal_audit(now=NOON), events.seal_audit(now=NOON)) == (3, 0)
        done(subject="card_3")
        assert events.seal_audit(now=NOON) == 1
        assert list(AuditSeal.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
        assert verify().records == 4
        assert found() == []

    def test_waits_for_nobody_and_forgets_nobody(self, done):
        """A record whose commit comes after younger ones were sealed is sealed next time."""

        @transaction
        def slowly():
            done(subject="card_slow")
            together(partial(done, subject="card_fast"))
            assert together(partial(events.seal_audit, now=NOON)) == [1]

        slowly()
        assert events.seal_audit(now=NOON) == 1
        assert found() == []

    def test_by_six_hands_makes_one_chain(self, done):
        def write_and_seal():
            for number in range(5):
                done(subject=f"card_{number}")
                events.seal_audit(now=NOON)

        assert together(*[write_and_seal] * 6) == [None] * 6
        events.seal_audit(now=NOON)
        assert (verify().records, found()) == (30, [])

    def test_that_stopped_is_found(self, done):
        record = done(subject="card_1")
        late = events.verify_audit(now=NOON + timedelta(hours=2))
        assert [finding.subject for finding in late.findings] == [record.id]


class TestTampering:
    @pytest.mark.parametrize(
        "change",
        ["data = '{}'", "data = jsonb_set(data, '{amount}', '9')", "at = at + interval '1 second'", "by = 'cus_bob'",
         "action = 'card.unfrozen'", "subject = 'card_9'"],
    )  # fmt: skip
    def test_with_a_record_is_found(self, chain, change):
        tamper(f"UPDATE events_auditrecord SET {change} WHERE subject = 'card_2'")  # noqa: S608 (a list above)
        assert found() == [chain[2].id]

    def test_by_removing_a_record_is_found(self, chain):
        tamper("DELETE FROM events_auditrecord WHERE subject = 'card_2'")
        assert found() == [chain[2].id]

    def test_by_removing_record_and_seal_is_found(self, chain):
        tamper("DELETE FROM events_auditseal WHERE number = 3")
        tamper("DELETE FROM events_auditrecord WHERE subject = 'card_2'")
        assert found() == ["seal 3", chain[3].id]

    def test_by_changing_the_order_is_found(self, chain):
        tamper("ALTER TABLE events_auditseal DROP CONSTRAINT IF EXISTS events_auditseal_record_id_key")
        two, three = (AuditSeal.objects.get(number=number).record_id for number in (2, 3))
        swap = "UPDATE events_auditseal SET record_id = %s WHERE number = %s"
        prepared = [AuditRecord._meta.pk.get_prep_value(record) for record in (three, two)]
        tamper(swap, prepared[0], 2)
        tamper(swap, prepared[1], 3)
        tamper("ALTER TABLE events_auditseal ADD CONSTRAINT events_auditseal_record_id_key UNIQUE (record_id)")
        assert found() == [three, two]

    def test_by_cutting_off_the_end_is_found_by_the_head_kept_elsewhere(self, chain):
        head = verify().head
        assert verify(known_head=head).findings == ()
        tamper("DELETE FROM events_auditseal WHERE number = 5")
        tamper("DELETE FROM events_auditrecord WHERE subject = 'card_4'")
        assert found() == []
        assert [finding.subject for finding in verify(known_head=head).findings] == ["seal 5"]
        assert verify(known_head=AuditHead(4, verify().head.digest)).findings == ()

    @pytest.mark.parametrize("table", ["events_auditrecord", "events_auditseal", "events_event", "events_heardevent"])
    @pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_is_refused_to_begin_with(self, chain, table, change):
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="only added to"):
            cursor.execute(change.format(table))


def test_the_newest_about_a_subject_come_first(done):
    first, second = done(subject="card_1"), done(subject="card_1")
    done(subject="card_2")
    assert audit_about("card_1") == [second, first]
    assert audit_about("card_1", limit=1) == [second]
