"""The house that is measured: its own processes, servers and database, in a folder that is thrown away.

Only those that a payment passes through run: PostgreSQL (fsync on), Redis, the network host, the safe and the web
server. Relay and workers would do their work, which belongs to later, on the same cores.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.machine import cpu_seconds
from benchmarks.measure import Round
from vaultpay.environment import Environment, Launch
from vaultpay.launch.house import House
from vaultpay.launch.ports import Ports, answers
from vaultpay.launch.postgres import BINARIES
from vaultpay.launch.supervisor import Part

PARTS = ("web", "safe", "network", "postgres")


class MeasuredHouse(House):
    """`start`, then `become_one_of_them`, measure, and always `stop`."""

    def start(self) -> None:
        self.make_ready()
        network = self._network()
        self.supervisor.start(network)
        self.supervisor.run(self._command("prepare", self._owner_variables()))
        safe, web = self._safe(), self._web()
        self.supervisor.start(safe, web)
        self.supervisor.wait_ready(network, safe, web)

    def become_one_of_them(self) -> None:
        """The process that measures joins the house as its owner: it may call verbs and ask the database."""
        os.environ.update(self.manage_variables())
        import django

        django.setup()

    def web_beside(self, *, name: str, module: str, port: int, **variables: str) -> None:
        """Another web server on the same house: the yardstick's, or one with other settings."""
        command = [
            "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
            "--blocking-threads", "4", "--backpressure", "64", "--no-ws", module,
        ]  # fmt: skip
        known = self._app_variables() | variables
        part = Part(name, self._python(*command), known, ready=lambda: answers(port))
        self.supervisor.start(part)
        self.supervisor.wait_ready(part)

    @contextmanager
    def counting(self, *parts: str) -> Iterator[dict[str, float]]:
        """Seconds of CPU by process; filled in when the block ends. `client` is whoever measures."""
        ids = {name: self.supervisor.process_id(name) for name in parts or PARTS}
        before = {name: cpu_seconds(number) for name, number in ids.items()}
        ours, spent = time.process_time(), dict[str, float]()
        yield spent
        spent |= {name: cpu_seconds(number) - before[name] for name, number in ids.items()}
        spent["client"] = time.process_time() - ours

    def pgbench(self, script: str, *, clients: int, seconds: float = 0, transactions: int = 0) -> Round:
        """The bare database doing `script`, for so long, or so many times by each client."""
        parts = urlsplit(self._owner_url)
        how_long = f"--transactions={transactions}" if transactions else f"--time={max(1, round(seconds))}"
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(script)
            file.flush()
            command = [
                BINARIES / "pgbench", "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                f"--jobs={min(clients, 2)}", how_long, f"--file={file.name}",
                "--host", parse_qs(parts.query)["host"][0], "--username", unquote(parts.username or ""),
                parts.path.lstrip("/"),
            ]  # fmt: skip
            with self.counting("postgres") as cpu:
                said = subprocess.run(
                    [str(word) for word in command],
                    env=os.environ | {"PGPASSWORD": unquote(parts.password or "")},
                    capture_output=True,
                    text=True,
                    check=False,
                )
        if said.returncode:
            raise RuntimeError(f"pgbench: {said.stderr[-2000:]}")
        facts = dict(line.rpartition(" = ")[::2] for line in said.stdout.splitlines() if " = " in line)
        rate = float(facts["tps"].split()[0])
        done = int(
            next(line for line in said.stdout.splitlines() if "actually processed" in line).split(": ")[1].split("/")[0]
        )
        return Round(units=done, seconds=done / rate, cpu={"postgres": cpu["postgres"]})


@contextmanager
def measured_house() -> Iterator[MeasuredHouse]:
    folder = Path(tempfile.mkdtemp(prefix="vp-bench-"))
    folder.chmod(0o711)
    facts = {"state_dir": folder, "DATABASE_URL": "", "REDIS_URL": "", "api_requests": 0}
    house = MeasuredHouse(environment=Environment(**facts), launch=Launch(), ports=Ports.free())
    try:
        house.start()
        house.become_one_of_them()
        yield house
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
