"""The network's book as others read it, and the switch for scripted faults."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sandbox.network.pages import network_pages
from tests.sandbox.wire import World, run

pytestmark = pytest.mark.loopback

VISA = "4242424242424242"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@asynccontextmanager
async def opened(world):
    async with world.dialled() as channel, TestClient(TestServer(network_pages(world.host))) as client:
        yield channel, client


class TestCharges:
    def test_shows_each_charge_newest_first_with_what_became_of_it(self, world):
        async def story():
            async with opened(world) as (channel, client):
                await channel.verify(VISA)
                await channel.authorize(VISA)
                await channel.capture()
                await channel.refund(VISA, amount=800)
                await channel.authorize("4000000000009995", reference="R00000000002")
                return await (await client.get("/charges")).json()

        book = run(story())
        declined, paid = book["data"]
        assert (declined["state"], declined["response_code"], declined["claim"]) == ("declined", "51", 0)
        assert (paid["state"], paid["amount_captured"], paid["amount_refunded"], paid["claim"]) == (
            "captured",
            12_800,
            800,
            12_000,
        )
        assert (paid["our_reference"], paid["card"], paid["merchant"]["name"]) == (
            "auth_r00000000001",
            {"last4": "4242"},
            "KOMOREBI GLASSES",
        )
        assert [row["state"] for row in book["verifications"]] == ["verified"]
        assert VISA not in str(book)

    @pytest.mark.parametrize(
        "query", ["reference=R00000000001", "reference=auth_r00000000001", "state=held&last4=4242"]
    )
    def test_finds_by_either_sides_reference(self, world, query):
        async def story():
            async with opened(world) as (channel, client):
                await channel.authorize(VISA)
                await channel.authorize("3530111333300000", reference="R00000000002")
                rows = (await (await client.get(f"/charges?{query}")).json())["data"]
                assert [row["reference"] for row in rows] == ["R00000000001"]

        run(story())

    def test_one_charge_has_an_address_of_its_own(self, world):
        async def story():
            async with opened(world) as (channel, client):
                await channel.authorize(VISA)
                assert (await (await client.get("/charges/auth_r00000000001")).json())["state"] == "held"
                assert (await client.get("/charges/auth_none")).status == 404

        run(story())

    @pytest.mark.parametrize(("language", "words"), [("en", "Captured"), ("ja", "売上確定")])
    def test_the_page_tells_people_the_same(self, world, language, words):
        async def story():
            async with opened(world) as (channel, client):
                await channel.authorize(VISA)
                await channel.capture()
                await channel.pay("4000009900000186", reference="R00000000002")
                assert await channel.silence()
                text = await (await client.get("/", headers={"Accept-Language": language})).text()
                assert words in text
                assert "¥12,800" in text

        run(story())


class TestFaults:
    def test_links_are_dropped_and_refused_for_a_while(self, world):
        async def story():
            async with opened(world) as (channel, client):
                asked = {"drop_links": True, "refuse_links_seconds": 60}
                answer = await (await client.post("/faults", json=asked)).json()
                assert answer["refuse_links_seconds"] == 60
                with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                    await channel.frame()
                refused = await world.dial()
                with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                    await refused.sign_on()

        run(story())

    def test_silence_and_healing(self, world):
        async def story():
            async with opened(world) as (channel, client):
                await client.post("/faults", json={"silence_seconds": 60})
                await channel.pay(VISA)
                assert await channel.silence()
                await client.post("/faults", json={"silence_seconds": 0, "heal": True})
                assert (await channel.authorize(VISA, reference="R00000000002"))["39"] == "00"
                assert (await (await client.get("/faults")).json())["heal"] is True

        run(story())

    @pytest.mark.parametrize(
        "asked",
        [[], {"unknown": 1}, {"silence_seconds": -1}, {"silence_seconds": True}, {"heal": 1}, {"drop_links": "x"}],
    )
    def test_nothing_else_can_be_scripted(self, world, asked):
        async def story():
            async with opened(world) as (_, client):
                assert (await client.post("/faults", json=asked)).status == 400
                assert (await client.post("/faults", data="x")).status == 415

        run(story())


def test_the_program_starts_answers_and_stops_when_told(tmp_path):
    """As its own process, without the commerce's settings, and away from the commerce's folder of state."""
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(str(probe.getsockname()[1]))
    program = [sys.executable, "-m", "sandbox.network", "--port", ports[0], "--http-port", ports[1]]
    environment = {"PATH": os.environ["PATH"], "VAULTPAY_STATE_DIR": str(tmp_path)}
    root = Path(__file__).parents[2]
    with subprocess.Popen(program, cwd=root, env=environment, stderr=subprocess.PIPE) as process:
        try:
            answer = _once_it_answers(f"http://127.0.0.1:{ports[1]}/charges")
            link = socket.create_connection(("127.0.0.1", int(ports[0])))
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == b""
    link.close()
    assert answer == b'{"object": "list", "data": [], "verifications": []}'
    assert (tmp_path / "sandbox" / "network" / "book.key").exists()


def _once_it_answers(address):
    give_up_at = time.monotonic() + 15
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 (our own process, on loopback)
                return answer.read()
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)  # it is starting: there is nothing else to wait for
