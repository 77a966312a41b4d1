"""A PostgreSQL for one test run, in a temporary folder, with durability off: it is thrown away anyway."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vaultpay.launch.postgres import EmbeddedPostgres, stop


@dataclass(frozen=True)
class ThrowAway:
    url: str
    stop: Callable[[], None]


def throw_away_postgres() -> ThrowAway:
    folder = Path(tempfile.mkdtemp(prefix="vp-"))
    folder.chmod(0o755)
    settings = (
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=200",
        "shared_buffers=128MB",
    )
    postgres = EmbeddedPostgres(folder / "data", folder / "s", settings=settings)
    postgres.prepare()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(postgres.command(), stdout=log, stderr=log, cwd="/")
    postgres.wait_until_ready(server)

    def end() -> None:
        stop(server)
        shutil.rmtree(folder, ignore_errors=True)

    return ThrowAway(url=postgres.url("vaultpay"), stop=end)
