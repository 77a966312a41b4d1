"""Starting, watching and stopping processes. Real ones, that are quick to start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vaultpay.launch.postgres import dying_with_us
from vaultpay.launch.refusals import LaunchRefused
from vaultpay.launch.supervisor import Part, StopAsked, Supervisor

STAYS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
WITH_CHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def supervisor(tmp_path):
    one = Supervisor(logs=tmp_path, folder=tmp_path, round_seconds=0.5)
    yield one
    one.stop()


def part(name: str, program: str, **facts) -> Part:
    return Part(name, [sys.executable, "-c", program], {"PATH": os.environ["PATH"]}, **facts)


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(condition, seconds=5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestStarting:
    def test_waits_until_a_part_is_ready(self, supervisor, tmp_path) -> None:
        made = tmp_path / "made"
        one = part("maker", f"open({str(made)!r}, 'w').close(); {STAYS}", ready=made.exists)
        supervisor.start(one)
        supervisor.wait_ready(one)
        assert made.exists()

    def test_says_which_part_was_not_ready_in_time(self, supervisor) -> None:
        slow = part("slow", STAYS, ready=lambda: False, ready_seconds=0.1)
        supervisor.start(slow)
        with pytest.raises(LaunchRefused, match=r"“slow” was not ready after 0\.1 s"):
            supervisor.wait_ready(slow)

    def test_says_what_a_part_said_last_when_it_failed(self, supervisor) -> None:
        with pytest.raises(LaunchRefused, match="“migrate” failed: no such table"):
            supervisor.run(part("migrate", "import sys; print('trying', flush=True); sys.exit('no such table')"))

    def test_says_so_when_a_program_is_not_there(self, supervisor) -> None:
        with pytest.raises(LaunchRefused, match="“nothing” could not be started: No such file"):
            supervisor.start(Part("nothing", ["/no/such/program"], {}))

    def test_gives_a_part_only_the_environment_that_it_was_given(self, supervisor, monkeypatch) -> None:
        monkeypatch.setenv("VAULTPAY_KEK_FILE", "/secret")
        supervisor.run(part("env", "import os, sys; sys.exit('VAULTPAY_KEK_FILE' in os.environ)"))


class TestWatching:
    def test_one_that_ends_by_itself_is_named(self, supervisor) -> None:
        supervisor.start(part("short", "print('that was all')"))
        with pytest.raises(LaunchRefused, match=r"“short” ended by itself \(status 0\).*that was all"):
            supervisor.watch()

    def test_one_that_is_killed_is_named(self, supervisor) -> None:
        supervisor.start(part("safe", STAYS))
        os.kill(supervisor.process_id("safe"), signal.SIGKILL)
        with pytest.raises(LaunchRefused, match="“safe” was killed by SIGKILL, so everything was stopped"):
            supervisor.watch()

    def test_ends_when_somebody_asks(self, supervisor) -> None:
        supervisor.start(part("stays", STAYS))
        supervisor.stop_asked = True
        with pytest.raises(StopAsked):
            supervisor.watch()


class TestStopping:
    def test_goes_round_by_round(self, supervisor, tmp_path) -> None:
        def tells(name: str) -> str:
            return (
                "import signal, sys, time\n"
                f"def stop(*_): open({str(tmp_path / 'order')!r}, 'a').write({name!r}); sys.exit()\n"
                f"signal.signal(signal.SIGTERM, stop); open({str(tmp_path / name)!r}, 'w').close(); time.sleep(60)"
            )

        parts = [
            part(name, tells(name), stops=number, ready=(tmp_path / name).exists)
            for name, number in (("server", 3), ("face", 0), ("worker", 1))
        ]
        supervisor.start(*parts)
        supervisor.wait_ready(*parts)
        supervisor.stop()
        assert (tmp_path / "order").read_text() == "faceworkerserver"

    def test_kills_who_does_not_listen(self, supervisor) -> None:
        deaf = part("deaf", DEAF, ready=lambda: "deaf" in supervisor.log("deaf").read_text())
        supervisor.start(deaf)
        supervisor.wait_ready(deaf)
        process = supervisor.process_id("deaf")
        supervisor.stop()
        assert not is_alive(process)

    def test_takes_the_children_of_a_killed_part_too(self, supervisor) -> None:
        web = part("web", WITH_CHILD, ready=lambda: supervisor.log("web").read_text().strip().isdigit())
        supervisor.start(web)
        supervisor.wait_ready(web)
        grandchild = int(supervisor.log("web").read_text())
        supervisor.kill("web")
        until(lambda: not is_alive(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_launcher_that_is_killed_leaves_nobody_behind(tmp_path) -> None:
    launcher = (
        "import subprocess, sys, time\n"
        "from vaultpay.launch.postgres import dying_with_us\n"
        f"command = dying_with_us('SIGTERM', [sys.executable, '-c', {STAYS!r}])\n"
        "child = subprocess.Popen(command, start_new_session=True)\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", launcher], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        until(lambda: b"sleep" in Path(f"/proc/{child}/cmdline").read_bytes())
        process.kill()
    until(lambda: not is_alive(child))


def test_a_child_whose_parent_is_gone_already_does_not_begin() -> None:
    command = dying_with_us("SIGTERM", ["/bin/echo", "begun"])
    command[5] = "1"  # as if process 1 had started it
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
