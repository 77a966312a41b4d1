"""Telling what happened: at least once, with an effect that happens exactly once."""

import threading
from datetime import timedelta
from functools import partial

import pytest

from common.actors import SYSTEM, Actor
from common.db import in_transaction, transaction
from events import services as events
from events.models import Event, EventTelling, HeardEvent, InboundEvent
from events.services.tell_events import tell_events
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db(transaction=True)


class Ears:
    """A handler that leaves a row per event, and may be told to fail."""

    __module__ = "tests.ears"

    def __init__(self, name, *, fails=0):
        self.__qualname__ = name
        self.fails = fails
        self.heard = []

    def __call__(self, event, *, now):
        assert in_transaction()
        InboundEvent.objects.create(source=self.__qualname__, external_id=event.id, data={}, heard_at=now)
        self.heard.append(event.id)
        if self.fails:
            self.fails -= 1
            raise RuntimeError("no")

    @property
    def kept(self):
        rows = InboundEvent.objects.filter(source=self.__qualname__)
        return sorted(rows.values_list("external_id", flat=True))


class TestTellEvents:
    def test_says_what_happened_to_those_who_listen(self, happened, hears, tell):
        heard = []

        def listen(event, *, now):
            heard.append((event, now))

        hears({"payment.captured": [listen]})
        recorded = happened(amount=1_200)
        happened("payment.canceled")
        assert tell() == 2
        [(event, now)] = heard
        assert (event.id, event.type, event.subject, event.owner_ref) == (
            recorded.id,
            "payment.captured",
            "pay_1",
            "mer_1",
        )
        assert (event.data, event.by, event.at, event.version, now) == ({"amount": 1_200}, "sys", NOON, 1, NOON)

    def test_keeps_facts_for_our_own_ears(self, hears, tell):
        heard = []

        def listen(event, *, now):
            heard.append(event)

        hears({"card.frozen": [listen]})
        record = transaction(events.record_event)
        record("card.frozen", subject="card_1", by=Actor("cus_1"), at=NOON, data={}, facts={"wallet": "wal_1"})
        tell()
        assert (heard[0].facts, heard[0].owner_ref) == ({"wallet": "wal_1"}, "")

    def test_lets_a_star_hear_everything(self, happened, hears, tell):
        everything = Ears("everything")
        hears({"*": [everything]})
        recorded = [happened().id, happened("payment.canceled").id]
        tell()
        assert everything.heard == recorded

    def test_tells_nothing_twice(self, happened, hears, tell):
        ears = Ears("ears")
        hears({"*": [ears]})
        happened()
        tell()
        assert (tell(NOON + timedelta(days=1)), len(ears.heard)) == (0, 1)

    def test_tells_what_a_handler_recorded_too(self, happened, hears, tell):
        ears = Ears("ears")

        def answer(event, *, now):
            events.record_event("points.earned", subject="lot_1", by=SYSTEM, at=now, data={})

        hears({"payment.captured": [answer], "points.earned": [ears]})
        happened()
        tell()
        assert len(ears.kept) == 1

    def test_hears_nothing_of_what_was_rolled_back(self, happened, hears, tell):
        @transaction
        def captured_and_failed():
            happened()
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            captured_and_failed()
        assert (tell(), Event.objects.count()) == (0, 0)

    def test_is_never_part_of_a_transaction(self):
        with pytest.raises(RuntimeError, match="never inside a transaction"):
            transaction(partial(tell_events, now=NOON))()


class TestAHandlerThatFails:
    def test_keeps_nothing_and_hears_it_again_later(self, happened, hears, tell):
        ears = Ears("ears", fails=1)
        hears({"*": [ears]})
        event = happened()
        assert (tell(), ears.kept) == (1, [])
        assert (tell(), EventTelling.objects.get().last_error) == (0, "RuntimeError")
        assert (tell(NOON + timedelta(seconds=5)), ears.kept) == (1, [event.id])

    def test_does_not_stop_the_others(self, happened, hears, tell):
        deaf, keen = Ears("deaf", fails=99), Ears("keen")
        hears({"*": [deaf, keen]})
        recorded = [happened().id, happened(subject="pay_2").id]
        tell()
        tell(NOON + timedelta(minutes=1))
        assert (keen.heard, deaf.kept) == (recorded, [])

    def test_hears_the_later_events_of_a_subject_after_the_earlier(self, happened, hears, tell):
        ears = Ears("ears", fails=1)
        hears({"*": [ears]})
        first, other, second = happened(), happened(subject="pay_2"), happened("payment.refunded")
        tell()
        assert ears.kept == [other.id]
        tell(NOON + timedelta(minutes=1))
        assert ears.heard == [first.id, other.id, first.id, second.id]

    def test_holds_back_only_itself(self, happened, hears, tell):
        deaf, keen = Ears("deaf", fails=1), Ears("keen")
        hears({"*": [deaf, keen]})
        recorded = sorted([happened().id, happened().id])
        tell()
        assert (keen.kept, deaf.kept) == (recorded, [])

    def test_is_asked_slower_and_slower(self, happened, hears, tell):
        hears({"*": [Ears("ears", fails=99)]})
        happened()
        now, waits = NOON, []
        for _ in range(14):
            tell(now)
            due = EventTelling.objects.get().not_before
            waits.append((due - now).total_seconds())
            now = due
        assert waits == sorted(waits)
        assert (waits[0], waits[-1]) == (1, 3_600)


class TestACrash:
    def test_between_handler_and_mark_changes_nothing_twice(self, happened, hears, tell):
        ears = Ears("ears")
        event = happened()

        def die(event, *, now):
            raise SystemExit

        hears({"*": [ears, die]})
        with pytest.raises(SystemExit):
            tell()
        hears({"*": [ears]})
        assert EventTelling.objects.get().told_at is None
        assert tell(NOON + timedelta(seconds=59)) == 0  # its lease still runs
        assert tell(NOON + timedelta(seconds=61)) == 1
        assert (ears.heard, EventTelling.objects.get().told_at is None) == ([event.id], False)

    def test_of_the_handler_itself_leaves_no_note_of_hearing(self, happened, hears, tell):
        hears({"*": [Ears("ears", fails=1)]})
        happened()
        tell()
        assert not HeardEvent.objects.exists()


class TestTwoRelaysAtOnce:
    def test_share_the_work_and_tell_each_event_once(self, happened, hears):
        ears = Ears("ears")
        hears({"*": [ears]})
        recorded = sorted(happened(subject=f"pay_{i}").id for i in range(40))
        hands = [partial(tell_events, now=NOON, limit=5) for _ in range(8)]
        assert sum(together(*hands)) == 40
        assert sorted(ears.heard) == ears.kept == recorded

    def test_even_when_one_lost_its_lease(self, happened, hears):
        """The slow one's work commits; the fast one waits for it and then finds the note."""
        inside, go_on = threading.Event(), threading.Event()
        effects = []

        def slow(event, *, now):
            effects.append(event.id)
            inside.set()
            assert go_on.wait(timeout=10)

        hears({"*": [slow]})
        happened()

        def second():
            assert inside.wait(timeout=10)
            threading.Timer(0.2, go_on.set).start()
            return tell_events(now=NOON + timedelta(minutes=2))

        assert together(partial(tell_events, now=NOON), second) == [1, 1]
        assert (len(effects), HeardEvent.objects.count()) == (1, 1)

    def test_keep_the_order_of_a_subject(self, happened, hears):
        heard, busy = [], threading.Event()

        def listen(event, *, now):
            heard.append(event.type)
            busy.set()
            threading.Event().wait(0.3)

        hears({"*": [listen]})
        happened("payment.captured")
        happened("payment.refunded")

        def second():
            assert busy.wait(timeout=10)
            tell_events(now=NOON, limit=1)

        together(partial(tell_events, now=NOON, limit=1), second)
        assert heard == ["payment.captured"]
        tell_events(now=NOON + timedelta(seconds=5))
        assert heard == ["payment.captured", "payment.refunded"]


class TestHearEvent:
    def test_knows_what_it_was_told_before(self):
        hear = partial(transaction(events.hear_event), source="network", external_id="x", data={}, now=NOON)
        assert sorted(together(*[hear] * 6)) == [False] * 5 + [True]
