"""What the asking side makes of a safe that is away, slow, or broken: certainty is said exactly."""

import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import transaction

from common.ids import new_id
from common.money import yen
from tests.vault.conftest import KOMOREBI
from vault import services as vault
from vault.errors import IntakeNotOpen, SafeUnavailable
from vault.frames import HEADER, MOST_BYTES, FrameBroken, body_length, frame, from_json, read_body, to_json
from vault.gateways.safe import NoAnswer, NothingSent, UnixSocketDoor, another_door
from vault.types import Authorized, Declined, Found, NotSent, Unknown

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def ask_for_money():
    return vault.authorize_card(
        card_token=new_id("tok"),
        owner_ref=new_id("wal"),
        amount=yen(1),
        merchant=KOMOREBI,
        reference=new_id("auth"),
        by_ref="sys",
        now=NOON,
    )


@pytest.fixture
def played_safe(run_dir):
    """A socket that plays the safe: `play(lines)` is called with each accepted connection, one after the other."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(run_dir / "safe.sock"))
    listener.listen()

    @contextmanager
    def play(*scenes):
        def run():
            for scene in scenes:
                line, _ = listener.accept()
                with line:
                    scene(line)

        actor = threading.Thread(target=run, daemon=True)
        actor.start()
        with another_door(UnixSocketDoor(run_dir / "safe.sock", total_seconds=0.3)):
            yield
        actor.join(5)

    yield play
    listener.close()


def hear(line):
    (size,) = HEADER.unpack(line.recv(HEADER.size))
    return read_body(line.recv(size))


def answers(*messages):
    def scene(line):
        for message in messages:
            hear(line)
            line.sendall(message if isinstance(message, bytes) else frame(message))

    return scene


YES = {"answer": to_json(Authorized("N", "A", "00", NOON))}


class TestAsking:
    def test_an_answer(self, played_safe):
        with played_safe(answers(YES)):
            assert ask_for_money() == Authorized("N", "A", "00", NOON)

    def test_one_connection_serves_many_questions(self, played_safe):
        with played_safe(answers(YES, YES, YES)):
            assert [ask_for_money() for _ in range(3)] == [Authorized("N", "A", "00", NOON)] * 3

    def test_no_safe_means_nothing_was_sent(self, run_dir):
        with another_door(UnixSocketDoor(run_dir / "nobody.sock", total_seconds=0.3)):
            assert isinstance(ask_for_money(), NotSent)
            assert vault.safe_health()["ok"] is False
            for refused in (
                lambda: vault.open_intake(customer_ref="wal_1", session_ref="s", now=NOON),
                lambda: vault.forget_card(card_token="tok_1", owner_ref="wal_1", now=NOON),
                _store,
            ):
                with pytest.raises(SafeUnavailable):
                    refused()

    @pytest.mark.parametrize(
        "scene",
        [
            hear,
            lambda line: (hear(line), line.sendall(b"\x00")),
            lambda line: (hear(line), threading.Event().wait(0.5)),
            answers(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
            answers(HEADER.pack(3) + b"not"),
            answers(HEADER.pack(2) + b"[]"),
            answers({"broken": "authorize_card"}),
            answers({"answer": {"is": "Nonsense"}}),
            answers({"answer": {"is": "Authorized"}}),
            answers({"refusal": "unheard_of"}),
        ],
    )
    def test_whatever_happens_after_the_question_left_is_unknown(self, played_safe, scene):
        with played_safe(scene):
            assert isinstance(ask_for_money(), Unknown)

    def test_a_silent_safe_while_storing_is_unknown(self, played_safe):
        with played_safe(hear):
            assert isinstance(_store(), Unknown)

    def test_a_refusal_keeps_its_class(self, played_safe):
        with played_safe(answers({"refusal": "intake_not_open"})), pytest.raises(IntakeNotOpen):
            _store()

    def test_a_safe_that_went_away_in_between_is_asked_anew(self, played_safe):
        with played_safe(answers(YES), answers(YES)):
            ask_for_money()
            threading.Event().wait(0.05)
            assert ask_for_money() == Authorized("N", "A", "00", NOON)

    @pytest.mark.django_db
    def test_never_inside_a_transaction(self):
        with transaction.atomic(), pytest.raises(RuntimeError, match="never inside a transaction"):  # noqa: TID251 (the very thing)
            ask_for_money()


class TestDoor:
    def test_a_question_that_cannot_be_handed_over_whole_was_not_sent(self, run_dir):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(run_dir / "deaf.sock"))
        listener.listen()
        door = UnixSocketDoor(run_dir / "deaf.sock", total_seconds=0.2)
        line = socket.socket(socket.AF_UNIX)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        line.connect(str(run_dir / "deaf.sock"))
        door._idle.append(line)
        with pytest.raises(NothingSent):
            door.ask({"verb": "x", "members": {"sealed": "x" * 60_000}})
        listener.close()

    def test_a_child_process_does_not_use_its_parents_lines(self, played_safe, run_dir):
        with played_safe(answers(YES), answers(YES)):
            door = UnixSocketDoor(run_dir / "safe.sock", total_seconds=0.3)
            door.ask({"verb": "x"})
            door._pid -= 1
            assert door.ask({"verb": "x"}) == YES
            door.close()

    def test_idle_lines_are_not_hoarded(self, run_dir):
        door = UnixSocketDoor(run_dir / "safe.sock", total_seconds=0.3)
        pairs = [socket.socketpair() for _ in range(10)]
        for ours, _theirs in pairs:
            door._give_back(ours)
        assert len(door._idle) == 8
        door.close()
        for _ours, theirs in pairs:
            theirs.close()

    def test_a_line_that_says_something_unasked_is_dropped(self, run_dir):
        door = UnixSocketDoor(run_dir / "nobody.sock", total_seconds=0.3)
        ours, theirs = socket.socketpair()
        theirs.sendall(b"x")
        door._give_back(ours)
        with pytest.raises(NothingSent):
            door.ask({"verb": "x"})
        theirs.close()


class TestFrames:
    @pytest.mark.parametrize(
        "value",
        [yen(5), KOMOREBI, NOON, None, "text", 7, Found(Declined("05", None, None), reversed=True)],
    )
    def test_what_crosses_comes_out_the_same(self, value):
        assert from_json(read_body(frame({"v": to_json(value)})[4:])["v"]) == value

    @pytest.mark.parametrize("value", [object(), 1.5, {1}, b"bytes"])
    def test_nothing_else_crosses(self, value):
        with pytest.raises(TypeError):
            to_json(value)

    def test_sizes_are_limited(self):
        with pytest.raises(FrameBroken):
            frame({"v": "x" * MOST_BYTES})
        for size in (0, MOST_BYTES + 1):
            with pytest.raises(FrameBroken):
                body_length(HEADER.pack(size))
        assert body_length(HEADER.pack(MOST_BYTES)) == MOST_BYTES

    def test_no_answer_is_its_own_thing(self):
        assert not issubclass(NoAnswer, NothingSent)


def _store():
    return vault.store_card(intake_id=new_id("int"), customer_ref="wal_1", session_ref="s", sealed=b"x", now=NOON)
