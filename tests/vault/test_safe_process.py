"""The safe as a process of its own: started, killed, started again, and refused when its keys are wrong."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from common.ids import new_id
from tests.vault.conftest import KOMOREBI
from tests.vault.stub import answer_to
from vault import services as vault
from vault.gateways.safe import UnixSocketDoor, another_door
from vault.models import IntakeKey, KeyCheck, WireMessage
from vault.safe.keys import create_key_file
from vault.safe.wire.codec import private_data
from vault.types import Authorized, Found, NotFound, NotSent, Unknown

pytestmark = [pytest.mark.loopback, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parent.parent.parent


def this_database():
    """The URL of the database that this test sees."""
    now = connection.settings_dict
    who = f"{quote(now['USER'])}:{quote(now['PASSWORD'])}@" if now["USER"] else ""
    where = f"{now['HOST']}:{now['PORT']}" if now["HOST"] and not now["HOST"].startswith("/") else ""
    query = {"host": now["HOST"], "port": now["PORT"]} if now["HOST"].startswith("/") else {}
    return f"postgresql://{who}{where}/{now['NAME']}?{urlencode({k: v for k, v in query.items() if v})}"


@pytest.fixture
def start_safe(place, stub):
    """Start `manage.py safe` and wait until it is open; whatever was started is stopped in the end."""
    started = []

    def start(*, wait=True, **environment):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "safe"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "DATABASE_URL": this_database(),
                "VAULTPAY_KEK_FILE": str(place.KEK_FILE),
                "VAULTPAY_SAFE_SOCKET": str(place.SAFE_SOCKET),
                "VAULTPAY_NETWORK_ADDRESS": place.NETWORK_ADDRESS,
                "VAULTPAY_WIRE_TOTAL_SECONDS": str(place.WIRE_TOTAL_SECONDS),
                **environment,
            },
        )
        started.append(process)
        if wait:
            for line in process.stdout:
                if line.startswith("The safe is open"):
                    break
            else:
                pytest.fail("the safe did not open")
            signed_on = stub.signs_on
            until = time.monotonic() + 5
            while not vault.safe_health()["network"]:
                assert time.monotonic() < until, f"signed on {signed_on} times"
        return process

    door = UnixSocketDoor(place.SAFE_SOCKET, total_seconds=place.WIRE_TOTAL_SECONDS)
    with another_door(door):
        yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=10)


def test_it_opens_serves_and_closes(start_safe, store, authorize, place):
    process = start_safe()
    assert stat.S_IMODE(place.SAFE_SOCKET.stat().st_mode) == 0o600
    assert isinstance(authorize(), Authorized)
    health = vault.safe_health()
    assert (health["ok"], health["links_signed_on"], health["key_provider"]) == (True, 1, "file")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert time.monotonic() - began < 3
    assert not place.SAFE_SOCKET.exists()


def test_it_leaves_no_core_and_lets_nobody_look(start_safe):
    process = start_safe()
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]
    assert Path(f"/proc/{process.pid}/environ").stat().st_uid == 0


def test_there_is_one_safe_at_a_time(start_safe):
    start_safe()
    second = start_safe(wait=False)
    output, _ = second.communicate(timeout=20)
    assert second.returncode == 1
    assert "Another safe is already open" in output


def test_killed_between_question_and_answer_it_tells_the_truth_afterwards(
    start_safe, stub, store, authorize, alices_wallet, now
):
    """The network booked the charge, the safe died waiting for its answer, and nobody wrote an outcome down."""
    process = start_safe()
    token, reference = store(owner=alices_wallet).card_token, new_id("auth")

    def die(_question):
        process.kill()
        return []

    stub.script = die
    assert isinstance(authorize(token=token, reference=reference), Unknown)
    process.wait(timeout=5)
    assert isinstance(vault.inquire_outcome(reference=reference, now=now), NotSent)

    stub.script = lambda question: answer_to(
        question, f48=private_data(ORC="00", STATE="held"), f4="000000001200", f38="A1B2C3"
    )
    start_safe()
    assert isinstance(authorize(token=token, reference=reference), Unknown)
    outcome = vault.inquire_outcome(reference=reference, now=now)
    assert isinstance(outcome, Found)
    assert isinstance(outcome.answer, Authorized)
    assert len([m for m in stub.of_type("0100") if m["48"] == f"REF={reference}"]) == 1


def test_killed_before_it_could_ask_it_tells_the_truth_afterwards(
    start_safe, stub, store, authorize, alices_wallet, now
):
    process = start_safe()
    token, reference = store(owner=alices_wallet).card_token, new_id("auth")
    process.kill()
    process.wait(timeout=5)
    assert isinstance(authorize(token=token, reference=reference), NotSent)
    start_safe()
    assert vault.inquire_outcome(reference=reference, now=now) == NotFound()
    assert isinstance(authorize(token=token, reference=reference), NotSent)


def test_trace_numbers_go_on_after_a_restart(start_safe, stub, store, authorize, alices_wallet):
    first = start_safe()
    token = store(owner=alices_wallet).card_token
    authorize(token=token)
    first.terminate()
    first.wait(timeout=5)
    newest = int(stub.heard[-1]["11"])
    start_safe()
    authorize(token=token)
    assert int(stub.heard[-1]["11"]) > newest
    assert WireMessage.newest_trace_number() > newest


class TestKeys:
    def refused(self, start_safe):
        process = start_safe(wait=False)
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "Traceback" not in output
        return output

    def test_without_a_key_file_it_does_not_open(self, start_safe, place):
        place.KEK_FILE.unlink()
        assert "There is no key file at" in self.refused(start_safe)

    def test_with_another_key_file_it_does_not_open(self, start_safe, place, store, alices_wallet):
        process = start_safe()
        store(owner=alices_wallet)
        process.terminate()
        process.wait(timeout=5)
        place.KEK_FILE.unlink()
        create_key_file(place.KEK_FILE)
        assert "is not the one that this database was sealed with" in self.refused(start_safe)

    def test_without_its_own_record_of_the_key_it_does_not_open(self, start_safe, store, alices_wallet):
        process = start_safe()
        store(owner=alices_wallet)
        process.terminate()
        process.wait(timeout=5)
        KeyCheck.objects.all().delete()
        assert IntakeKey.objects.exists()
        assert "no record of the key that sealed them" in self.refused(start_safe)

    def test_with_a_key_file_that_others_can_read_it_does_not_open(self, start_safe, place):
        place.KEK_FILE.chmod(0o644)
        assert "can be read by others" in self.refused(start_safe)


def test_create_keys_makes_the_file_once(place, capsys):
    from django.core.management import CommandError, call_command

    place.KEK_FILE.unlink()
    call_command("create_keys")
    call_command("create_keys")
    written = capsys.readouterr().out
    assert "Created the key file" in written
    assert "is there already" in written
    place.KEK_FILE.chmod(0o644)
    with pytest.raises(CommandError, match="chmod 600"):
        call_command("create_keys")


def test_a_shop_in_the_message_is_the_one_that_sells(start_safe, stub, authorize):
    start_safe()
    authorize()
    assert stub.heard[-1]["43"].startswith("KOMOREBI COFFEE")
    assert stub.heard[-1]["42"] == KOMOREBI.ref[-15:].upper()
