"""The safe itself: real code and keys on the real database, with a scripted network at the other end of the wire."""

import asyncio
import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from django.db import connections

from common.ids import new_id
from common.money import yen
from tests.vault.hpke import b64u_decode, hpke_seal
from tests.vault.stub import StubNetwork
from vault import services as vault
from vault.gateways.safe import UnixSocketDoor, another_door
from vault.safe.cards import check_keys
from vault.safe.keys import FileKeyProvider, create_key_file
from vault.safe.process import open_safe
from vault.types import MerchantFacts

KOMOREBI = MerchantFacts(ref=new_id("mer"), name="Komorebi Coffee", mcc="5814", city="Kyoto")

PRICE = yen(1_200)


@pytest.fixture
def stub():
    network = StubNetwork().start()
    yield network
    network.stop()


@pytest.fixture
def run_dir():
    folder = Path(tempfile.mkdtemp(prefix="vp-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def place(settings, stub, run_dir, request):
    """The settings of a safe of this test's own. Silence on the wire is short, but for a story marked `patient`."""
    settings.SAFE_SOCKET = run_dir / "safe.sock"
    settings.KEK_FILE = run_dir / "keys" / "kek.json"
    settings.NETWORK_ADDRESS = stub.address
    settings.WIRE_TOTAL_SECONDS = 6.0 if request.node.get_closest_marker("patient") else 0.8
    create_key_file(settings.KEK_FILE)
    return settings


@contextmanager
def open_in_thread(settings):
    """The safe in a thread of this process, until the block ends; the verbs of `vault.services` ask it."""
    ready, told, crash = threading.Event(), {}, []

    async def main():
        told["loop"], told["stop"] = asyncio.get_running_loop(), asyncio.Event()
        provider = FileKeyProvider(settings.KEK_FILE)
        async with open_safe(provider) as desk:
            told["desk"] = desk
            for _ in range(500):
                if desk.network.signed_on:
                    break
                await asyncio.sleep(0.01)
            ready.set()
            await told["stop"].wait()

    def run():
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            crash.append(error)
            ready.set()

    check_keys(FileKeyProvider(settings.KEK_FILE), now=_now())
    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    assert not crash, crash
    door = UnixSocketDoor(settings.SAFE_SOCKET, total_seconds=settings.WIRE_TOTAL_SECONDS)
    try:
        with another_door(door):
            yield told["desk"]
    finally:
        told["loop"].call_soon_threadsafe(told["stop"].set)
        thread.join(10)
        connections.close_all()
        assert not crash, crash


def _now():
    from common import clock

    return clock.now()


@pytest.fixture
def safe(place, transactional_db):
    with open_in_thread(place) as desk:
        yield desk


@pytest.fixture
def now():
    return _now()


def seal_for(offer, card):
    public = X25519PublicKey.from_public_bytes(b64u_decode(offer.public_key_b64u))
    return hpke_seal(card, public_key=public, info=b64u_decode(offer.info_b64u))


@pytest.fixture
def store(now):
    """Store a card as a browser would: an intake, HPKE, the sealed bytes."""

    def store_card(number="4242424242424242", *, owner, session="session", at=None, **members):
        import json

        offer = vault.open_intake(customer_ref=owner, session_ref=session, now=at or now)
        card = {"number": number, "exp_month": 12, "exp_year": 2030, "security_code": "123", "name": "ALICE", **members}
        sealed = seal_for(offer, json.dumps(card).encode())
        return vault.store_card(
            intake_id=offer.intake_id, customer_ref=owner, session_ref=session, sealed=sealed, now=at or now
        )

    return store_card


@pytest.fixture
def alices_wallet():
    return new_id("wal")


@pytest.fixture
def authorize(store, alices_wallet, now):
    def authorize_card(amount=PRICE, *, reference=None, token=None, owner=None, merchant=KOMOREBI):
        return vault.authorize_card(
            card_token=token or store(owner=alices_wallet).card_token,
            owner_ref=owner or alices_wallet,
            amount=amount,
            merchant=merchant,
            reference=reference or new_id("auth"),
            by_ref=new_id("cus"),
            now=now,
        )

    return authorize_card
