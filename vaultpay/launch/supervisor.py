"""Starting, watching and stopping processes: together, in order, and never leaving one behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, NoReturn

from vaultpay.launch.refusals import LaunchRefused

_PACE_SECONDS: Final = 0.05
_LOG_BYTES: Final = 10 * 1024 * 1024


class StopAsked(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass(frozen=True)
class Part:
    """One process of the house.

    `stops` says in which round it is stopped: faces first, servers last. `ready` is asked again and again until it is.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stops: int = 0
    ready: Callable[[], bool] = lambda: True
    ready_words: str = ""
    """What it says into its log when it is ready, for those that nobody can ask."""
    ready_seconds: float = 30
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[bytes]
    log: Path
    log_began: int
    stopping: bool = False

    def is_ready(self) -> bool:
        if self.part.ready_words:
            with self.log.open("rb") as log:
                log.seek(self.log_began)
                if self.part.ready_words.encode() not in log.read():
                    return False
        return self.part.ready()


@dataclass
class Supervisor:
    """All children are sessions of their own: Ctrl-C reaches us only, and a child's own children go when it goes.

    A signal handler sets `stop_asked` and no more: were it to raise, a child could be started and never written down.
    """

    logs: Path
    folder: Path
    kept_open: Collection[int] = ()
    round_seconds: float = 2.2
    stop_asked: bool = False
    _running: dict[str, _Running] = field(default_factory=dict)

    # --- Starting -----------------------------------------------------------------------------------------------------

    def start(self, *parts: Part) -> None:
        for part in parts:
            log = self.log(part.name)
            if log.exists() and log.stat().st_size > _LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))
            began = log.stat().st_size if log.exists() else 0
            self._running[part.name] = _Running(part, self._spawn(part), log, began)

    def wait_ready(self, *parts: Part) -> None:
        """Until all are ready. Refuses when one of the house stops meanwhile, or takes too long."""
        waiting = {part.name: (part, time.monotonic() + part.ready_seconds) for part in parts}
        while waiting:
            self.look_around()
            for name, (part, deadline) in list(waiting.items()):
                if self._running[name].is_ready():
                    del waiting[name]
                elif time.monotonic() > deadline:
                    raise LaunchRefused(
                        f"{_named(name)} was not ready after {part.ready_seconds:g} s. Log: {self.log(name)}"
                    )
            if waiting:
                time.sleep(_PACE_SECONDS)

    def run(self, part: Part) -> None:
        """A part that does one thing and ends. Refuses when it fails."""
        process = self._spawn(part)
        try:
            while process.poll() is None:
                self.look_around()
                time.sleep(_PACE_SECONDS)
        finally:
            _end_group(process)
        if process.returncode:
            raise LaunchRefused(
                f"{_named(part.name)} failed: {_last_line(self.log(part.name))} Log: {self.log(part.name)}"
            )

    # --- Watching -----------------------------------------------------------------------------------------------------

    def watch(self, *, each_round: Callable[[], None] = lambda: None) -> NoReturn:
        """For as long as all is well and nobody asks us to stop."""
        while True:
            self.look_around()
            each_round()
            time.sleep(0.1)

    def look_around(self) -> None:
        """Raises StopAsked when somebody asked; refuses when a child has ended by itself."""
        if self.stop_asked:
            raise StopAsked
        for name, running in self._running.items():
            code = running.process.poll()
            if code is not None and not running.stopping:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended by itself (status {code})"
                said = "" if code < 0 else f" Its last words: {_last_line(self.log(name))}"
                raise LaunchRefused(f"{_named(name)} {how}, so everything was stopped.{said} Log: {self.log(name)}")

    def process_id(self, name: str) -> int:
        return self._running[name].process.pid

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    # --- Stopping -----------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Round by round: ask, wait, then kill what is left of each group. Servers go last: nobody misses them."""
        for number in sorted({running.part.stops for running in self._running.values()}):
            self.stop_parts(*(name for name, running in self._running.items() if running.part.stops == number))

    def stop_parts(self, *names: str) -> None:
        chosen = [self._running[name] for name in names]
        for running in chosen:
            running.stopping = True
            with suppress(ProcessLookupError):
                running.process.send_signal(running.part.stop_signal)
        began = time.monotonic()
        while time.monotonic() < began + self.round_seconds and any(
            running.process.poll() is None for running in chosen
        ):
            time.sleep(_PACE_SECONDS)
        self._end(chosen)

    def kill(self, name: str) -> None:
        """As if the machine had lost it: SIGKILL, without a warning, with all its own children. For fault tests."""
        self._running[name].stopping = True
        self._end([self._running[name]])

    def _end(self, chosen: Iterable[_Running]) -> None:
        for running in chosen:
            _end_group(running.process)
            self._running.pop(running.part.name, None)

    # --- Underneath ---------------------------------------------------------------------------------------------------

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        with self.log(part.name).open("ab") as output:
            try:
                return subprocess.Popen(
                    part.command,
                    env=dict(part.environment),
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=tuple(self.kept_open),
                )
            except OSError as error:
                raise LaunchRefused(f"{_named(part.name)} could not be started: {error.strerror}.") from None


class Terminal:
    """Shows what the parts write into their logs, each line with the part's name before it."""

    def __init__(self, logs: Sequence[Path]) -> None:
        self._open: dict[str, IO[str]] = {}
        self._width = max(len(log.stem) for log in logs)
        for log in logs:
            log.touch()
            handle = log.open(errors="replace")
            handle.seek(0, os.SEEK_END)
            self._open[log.stem] = handle

    def show(self) -> None:
        for name, handle in self._open.items():
            for line in handle.readlines():
                print(f"{name:>{self._width}} | {line.rstrip()}", flush=True)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child and its own children, and take leave of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _named(name: str) -> str:
    return f"The process “{name}”"


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."
