"""Where things lie: the state folder, the folder of sockets, and what came in wheels."""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from vaultpay.launch.refusals import LaunchRefused

LONGEST_SOCKET: Final = 107
"""Bytes that Linux allows in the path of a unix socket."""
_LONGEST_NAME: Final = len("/pg/.s.PGSQL.5432")
_LEAST_FREE: Final = 200 * 1024 * 1024
_WAIT_SECONDS: Final = 10


def wheel(name: str) -> Path:
    """Where a wheel lies. It is not imported: importing it would already make folders and locks of its own."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise LaunchRefused(f"The package {name} is not installed; run make again.")
    return Path(spec.origin).parent


@dataclass(frozen=True)
class Folders:
    """One instance's own folders. Nothing of it lies anywhere else, but for the sockets if the path is too long."""

    state: Path
    run: Path

    @classmethod
    def below(cls, state: Path, *, run: Path | None = None) -> "Folders":
        state = state.absolute()
        return cls(state=state, run=run.absolute() if run else _short_enough(state))

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def safe(self) -> Path:
        """What only the safe may open."""
        return self.state / "safe"

    @property
    def demo(self) -> Path:
        return self.state / "demo.json"

    @property
    def ports(self) -> Path:
        return self.state / "ports.json"

    def make(self) -> None:
        """Refuses a folder that cannot be written and a disk that is nearly full, before anything was begun."""
        try:
            sandbox, static = self.state / "sandbox", self.state / "staticfiles"
            for folder in (self.state, self.run, self.logs, self.keys, self.safe, sandbox, static):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o700)
            probe = self.state / ".probe"
            probe.write_bytes(b"x" * 4096)
            probe.unlink()
        except OSError as error:
            raise LaunchRefused(f"The folder {self.state} cannot be written: {error.strerror}.") from None
        if shutil.disk_usage(self.state).free < _LEAST_FREE:
            raise LaunchRefused(f"The disk that holds {self.state} is full: at least 200 MB must be free.")

    def lock(self) -> int:
        """Make this instance ours; returns the lock, which every child keeps open, so that it outlives none of them.

        Waits a little for the children of a launcher that was killed; refuses when a launcher is at work.
        """
        lock = os.open(self.state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                owner = os.pread(lock, 20, 0).decode()
                if (owner and _alive(int(owner))) or time.monotonic() > deadline:
                    os.close(lock)
                    raise self._running(owner) from None
                time.sleep(0.1)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        os.set_inheritable(lock, True)  # noqa: FBT003 (no name is accepted here)
        return lock

    def refuse_if_running(self) -> None:
        """Before ports are looked at: those of an instance that runs are taken, by itself."""
        if self.is_running():
            raise self._running((self.state / "lock").read_text())

    def _running(self, process: str) -> LaunchRefused:
        return LaunchRefused(f"VaultPay is already running from {self.state} (process {process}).")

    def is_running(self) -> bool:
        try:
            owner = (self.state / "lock").read_text()
        except OSError:
            return False
        return bool(owner) and _alive(int(owner)) and _locked(self.state / "lock")


def _locked(file: Path) -> bool:
    with file.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _short_enough(state: Path) -> Path:
    """`run` in the state folder, or a private folder in the temporary one when a socket's path would be too long."""
    run = state / "run"
    if len(os.fsencode(run)) + _LONGEST_NAME <= LONGEST_SOCKET:
        return run
    name = hashlib.sha256(os.fsencode(state)).hexdigest()[:8]
    run = Path(tempfile.gettempdir()) / f"vaultpay-{os.geteuid()}-{name}"
    run.mkdir(mode=0o700, exist_ok=True)
    found = run.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise LaunchRefused(
            f"The folder {run} belongs to somebody else; set VAULTPAY_RUN_DIR to a short path of yours."
        )
    return run
