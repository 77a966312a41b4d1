"""The whole product, started as `make run` starts it."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from tests.house import new_house
from vaultpay.environment import ROOT
from vaultpay.launch.ports import Ports
from vaultpay.launch.refusals import LaunchRefused

pytestmark = [pytest.mark.xdist_group("house"), pytest.mark.loopback, pytest.mark.enable_socket]


def get(url: str) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own house)
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_is_alive_and_ready_part_by_part(running_house) -> None:
    assert get(f"{running_house.base_url}/healthz") == (200, {"alive": True})
    status, body = get(f"{running_house.base_url}/readyz")
    assert (status, body["ready"]) == (200, True)
    assert set(body["parts"]) == {"database", "redis", "safe", "network", "relay", "worker"}


def test_says_which_part_is_missing(running_house) -> None:
    running_house.supervisor.kill("network")
    try:
        deadline = time.monotonic() + 10
        while (found := get(f"{running_house.base_url}/readyz"))[0] == 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert not found[1]["parts"]["network"]["ready"]
        assert found[1]["parts"]["database"]["ready"]
    finally:
        running_house.restart("network")
    deadline = time.monotonic() + 15
    while get(f"{running_house.base_url}/readyz")[0] != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_writes_a_demo_file_for_programs(running_house) -> None:
    demo = running_house.demo
    assert set(demo) == {
        "base_url", "shop_urls", "mailbox_url", "admin_url", "network_url", "issuer_url", "merchants", "customers",
        "staff",
    }  # fmt: skip
    assert all(
        set(merchant) == {"id", "name", "secret_key", "webhook_secret", "return_url"} for merchant in demo["merchants"]
    )
    assert all(set(customer) == {"id", "email", "name", "cards"} for customer in demo["customers"])
    assert all(set(card) == {"id", "brand", "last4"} for customer in demo["customers"] for card in customer["cards"])
    assert all(set(person) == {"email"} for person in demo["staff"])
    assert all(re.match(r"vp_test_sk_", merchant["secret_key"]) for merchant in demo["merchants"])
    assert stat.S_IMODE(running_house.folders.demo.stat().st_mode) == 0o600


def test_seeding_again_changes_nothing(running_house) -> None:
    before = running_house.demo
    done = running_house.manage("seed_sandbox")
    assert done.returncode == 0, done.stderr
    assert running_house.demo == before


def test_the_books_agree_with_the_networks_book(running_house) -> None:
    done = running_house.manage("verify", "--network-url", running_house.demo["network_url"])
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_signs_in_to_the_database_without_a_password(running_house) -> None:
    url = running_house.manage_variables()["DATABASE_URL"]
    without = re.sub(r"//([^:]+):[^@]+@", r"//\1@", url)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(without)


def test_the_web_processs_role_sees_no_sealed_card(running_house) -> None:
    url = running_house._app_variables()["DATABASE_URL"]
    with psycopg.connect(url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("SELECT * FROM vault_cardrecord")


def test_a_second_launcher_in_the_same_folder_is_refused(running_house) -> None:
    other = new_house(running_house.folders.state)
    with pytest.raises(LaunchRefused, match="already running"):
        other.make_ready()
    other.stop()


class TestFromTheCommandLine:
    @pytest.fixture
    def launched(self, tmp_path):
        ports = Ports.free()
        own = {
            "VAULTPAY_STATE_DIR": str(tmp_path / "state"),
            "PORT": str(ports.web),
            "VAULTPAY_SHOP_PORTS": ",".join(map(str, ports.shops)),
            "VAULTPAY_MAILBOX_PORT": str(ports.mailbox),
            "VAULTPAY_EMAIL_PORT": str(ports.smtp),
            "VAULTPAY_NETWORK_ADDRESS": f"127.0.0.1:{ports.network}",
            "VAULTPAY_NETWORK_BOOK_PORT": str(ports.network_book),
            "VAULTPAY_THREEDS_PORT": str(ports.threeds),
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with subprocess.Popen(
            [sys.executable, "-m", "vaultpay.launch", "run"],
            cwd=ROOT, env=kept | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if "Ctrl-C stops everything" in line:
                    break
            else:
                pytest.fail("".join(said))
            yield process, tmp_path / "state"
            process.kill()

    def test_ctrl_c_stops_everything_within_ten_seconds(self, launched) -> None:
        process, state = launched
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0
        assert time.monotonic() - began < 10
        assert not processes_of(state)

    def test_a_killed_child_stops_everything_with_one_sentence(self, launched) -> None:
        process, state = launched
        safe = next(pid for pid, words in processes_of(state).items() if "manage.py safe" in words)
        os.kill(safe, signal.SIGKILL)
        said = process.stdout.read()
        assert process.wait(timeout=15) == 1
        assert "The process “safe” was killed by SIGKILL, so everything was stopped." in said
        assert not processes_of(state)

    def test_a_killed_launcher_leaves_nobody_behind(self, launched) -> None:
        process, state = launched
        process.kill()
        deadline = time.monotonic() + 10
        while processes_of(state):
            assert time.monotonic() < deadline, processes_of(state)
            time.sleep(0.1)


def processes_of(state: Path) -> dict[int, str]:
    """Every process that was told of this state folder, whoever started it."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                if str(state).encode() in told:
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
    return found
