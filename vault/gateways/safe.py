"""The way to the safe: one frame there, one frame back, over a unix socket that is kept open between questions.

What failed is said by *when* it failed. Until the last byte of the question was handed to the kernel the safe cannot
act on it: `NothingSent`. After that it may have acted, whatever happens to the connection: `NoAnswer`.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final, Protocol

from django.conf import settings

from vault.frames import HEADER, FrameBroken, body_length, frame, read_body

CONNECT_SECONDS: Final = 3
MOST_IDLE: Final = 8


class NothingSent(Exception):
    """The safe never got the question."""


class NoAnswer(Exception):
    """The safe got the question, and its answer did not come, or made no sense."""


class SafeDoor(Protocol):
    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question. Raises NothingSent or NoAnswer."""


class UnixSocketDoor:
    """Connections are kept for the next question, one question at a time on each. Safe with threads and forks."""

    def __init__(self, path: Path, *, total_seconds: float) -> None:
        self._path, self._total = path, total_seconds
        self._lock, self._idle, self._pid = Lock(), list[socket.socket](), os.getpid()

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        question, until = frame(message), time.monotonic() + self._total
        line = self._take_idle() or self._connect()
        try:
            _send(line, question, until=until)
            answer = _receive(line, until=until)
        except BaseException:
            line.close()
            raise
        self._give_back(line)
        return answer

    def _connect(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(min(CONNECT_SECONDS, self._total))
        try:
            line.connect(str(self._path))
        except OSError as error:
            line.close()
            raise NothingSent(f"the safe cannot be reached: {error.strerror or error}") from error
        return line

    def _take_idle(self) -> socket.socket | None:
        with self._lock:
            if self._pid != os.getpid():
                # After a fork the parent goes on using these; closing our copies does not disturb it.
                self._forget_idle()
                self._pid = os.getpid()
            while self._idle:
                line = self._idle.pop()
                if _is_quiet(line):
                    return line
                line.close()
        return None

    def _give_back(self, line: socket.socket) -> None:
        with self._lock:
            if len(self._idle) < MOST_IDLE:
                self._idle.append(line)
                return
        line.close()

    def close(self) -> None:
        with self._lock:
            self._forget_idle()

    def _forget_idle(self) -> None:
        for line in self._idle:
            line.close()
        self._idle.clear()


def _is_quiet(line: socket.socket) -> bool:
    """Whether an idle connection is still open and nothing came in on it; a safe that went away shows as an end."""
    line.settimeout(0)
    try:
        line.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _send(line: socket.socket, question: bytes, *, until: float) -> None:
    # A question that could not be handed over whole is no frame: the safe throws it away, so nothing happened.
    try:
        line.settimeout(max(until - time.monotonic(), 0.001))
        line.sendall(question)
    except OSError as error:
        raise NothingSent(f"the safe hung up: {error}") from error


def _receive(line: socket.socket, *, until: float) -> dict[str, Any]:
    try:
        return read_body(_exactly(line, body_length(_exactly(line, HEADER.size, until=until)), until=until))
    except (OSError, FrameBroken) as error:
        raise NoAnswer(f"no answer from the safe: {error or type(error).__name__}") from error


def _exactly(line: socket.socket, size: int, *, until: float) -> bytes:
    received = bytearray()
    while len(received) < size:
        line.settimeout(max(until - time.monotonic(), 0.001))
        part = line.recv(size - len(received))
        if not part:
            raise ConnectionResetError("the safe hung up")
        received += part
    return bytes(received)


class _Current:
    """Which door the verbs use: the socket's, unless a test put a played one in its place."""

    door: SafeDoor | None = None


def current_door() -> SafeDoor:
    if _Current.door is None:
        _Current.door = UnixSocketDoor(settings.SAFE_SOCKET, total_seconds=settings.WIRE_TOTAL_SECONDS)
    return _Current.door


@contextmanager
def another_door(door: SafeDoor) -> Iterator[None]:
    """Within it, every verb of the vault asks `door`. For tests, and for a safe at another address."""
    before, _Current.door = _Current.door, door
    try:
        yield
    finally:
        _Current.door = before
        with suppress(AttributeError):
            door.close()  # type: ignore[attr-defined]  # a played door has nothing to close
