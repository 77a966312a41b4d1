"""When something breaks inside the safe: the asker is told no more and no less than what is certain."""

import socket
from functools import partial

import pytest
from django.db import connection
from psycopg import OperationalError

from common import clock
from common.ids import new_id
from vault import services as vault
from vault.frames import HEADER
from vault.gateways.safe import NoAnswer, current_door
from vault.models import CardRecord, WireMessage
from vault.safe.cards import CardBox
from vault.safe.database import Database
from vault.safe.envelope import DoesNotOpen
from vault.services._ask import ask
from vault.states import MessageStatus
from vault.types import Authorized, NotSent, Unknown

pytestmark = [pytest.mark.loopback, pytest.mark.django_db(transaction=True)]


def broken(monkeypatch, function):
    """From here on the database is gone whenever the safe calls this function."""
    call = Database.call

    async def breaks(self, name, document):
        if name == function:
            raise OperationalError("the database is played as gone")
        return await call(self, name, document)

    monkeypatch.setattr(Database, "call", breaks)


def test_what_cannot_be_written_down_is_not_sent(safe, stub, store, authorize, alices_wallet, monkeypatch):
    token = store(owner=alices_wallet).card_token
    broken(monkeypatch, "vault_ask_about_card")
    assert isinstance(authorize(token=token), NotSent)
    assert len(stub.heard) == 1


def test_a_line_to_the_database_that_was_cut_is_opened_again(safe, stub, store, authorize, alices_wallet):
    token = store(owner=alices_wallet).card_token
    assert isinstance(authorize(token=token), Authorized)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert isinstance(authorize(token=token), Authorized)


def test_a_card_whose_record_does_not_open_is_not_used(safe, stub, store, authorize, alices_wallet):
    mine, theirs = store(owner=alices_wallet), store("5555555555554444", owner=alices_wallet)
    other = CardRecord.objects.get(id=theirs.card_token)
    CardRecord.objects.filter(id=mine.card_token).update(sealed=bytes(other.sealed))
    with pytest.raises(DoesNotOpen):
        CardBox(safe.provider).open(mine.card_token, owner_ref=alices_wallet)
    reference = new_id("auth")
    assert isinstance(authorize(token=mine.card_token, reference=reference), NotSent)
    assert WireMessage.objects.get(reference=reference).status == MessageStatus.NOT_SENT
    assert len(stub.heard) == 2


def test_an_answer_that_cannot_be_written_down_is_told_all_the_same(
    safe, stub, store, authorize, alices_wallet, monkeypatch
):
    token, reference = store(owner=alices_wallet).card_token, new_id("auth")
    broken(monkeypatch, "vault_write_answer")
    assert isinstance(authorize(token=token, reference=reference), Authorized)
    assert WireMessage.objects.get(reference=reference).status == MessageStatus.SENT
    assert isinstance(authorize(token=token, reference=reference), Unknown)


@pytest.mark.parametrize("code", ["68", None])
def test_a_verification_whose_answer_says_nothing_is_unknown(safe, stub, store, alices_wallet, code):
    from tests.vault.stub import answer_to

    stub.script = partial(answer_to, f39=code)
    assert isinstance(store(owner=alices_wallet), Unknown)


def test_a_verb_that_it_does_not_know_breaks_nothing(safe):
    for verb, members in (("open_the_safe", {}), ("forget_card", {"what": "ever"})):
        with pytest.raises(NoAnswer):
            ask(verb, **members)
    assert vault.safe_health()["ok"]


def test_members_that_make_no_sense_break_nothing(safe):
    answer = current_door().ask({"verb": "forget_card", "members": {"now": {"is": "Nonsense"}}})
    assert answer == {"broken": "forget_card"}


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", HEADER.pack(3) + b"not", HEADER.pack(100) + b"cut"])
def test_noise_at_the_door_is_hung_up_on(safe, place, noise):
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(str(place.SAFE_SOCKET))
        line.sendall(noise)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""
    assert vault.safe_health()["ok"]


def test_an_intake_that_ends_leaves_nothing_to_inquire(safe, alices_wallet):
    offer = vault.open_intake(customer_ref=alices_wallet, session_ref="s", now=clock.now())
    assert not WireMessage.objects.filter(reference=offer.intake_id).exists()
