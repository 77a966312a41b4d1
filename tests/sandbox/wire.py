"""A channel of the acquirer's side for the stories about the network host: it signs on, asks, and waits for answers."""

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.network.book import Book
from sandbox.network.host import Host
from sandbox.network.messages import framed, read_message, write_message

SOON = 1.0
"""Longer than any prompt answer takes."""
NEVER = 0.15
"""How long a story listens before it believes that nothing will come."""


class TestClock:
    __test__ = False

    def __init__(self):
        self.now = datetime(2026, 11, 22, 4, 50, 11, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, **span):
        self.now += timedelta(**span)


@dataclass
class Channel:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    traces: itertools.count = field(default_factory=lambda: itertools.count(1))

    async def send(self, mti, **fields):
        message = {
            "t": mti,
            "7": "1122045011",
            "11": f"{next(self.traces):06}",
            **{name[1:]: text for name, text in fields.items()},
        }
        self.writer.write(framed(write_message(message)))
        await self.writer.drain()
        return message

    async def frame(self, within=SOON):
        async with asyncio.timeout(within):
            length = int.from_bytes(await self.reader.readexactly(2), "big")
            return await self.reader.readexactly(length)

    async def answer(self, within=SOON):
        return read_message(await self.frame(within))

    async def silence(self, within=NEVER):
        """True when nothing comes."""
        try:
            await self.frame(within)
        except TimeoutError:
            return True
        return False

    async def ask(self, mti, **fields):
        await self.send(mti, **fields)
        return await self.answer()

    async def sign_on(self):
        return await self.ask("0800", f70="001")

    def card_fields(self, card, amount, reference):
        return {
            "f2": card,
            "f3": "000000",
            "f4": f"{amount:012}",
            "f12": "134501",
            "f13": "1122",
            "f14": "3012",
            "f18": "5995",
            "f22": "102",
            "f25": "59",
            "f32": "392001",
            "f37": reference,
            "f41": "VPSIM001",
            "f42": "M00000000000042",
            "f43": f"{'KOMOREBI GLASSES':25}{'TOKYO':13}JP",
            "f48": f"REF=auth_{reference.lower()}",
            "f49": "392",
        }

    async def pay(self, card, amount=12_800, reference="R00000000001", **fields):
        """Send a 0100 and do not wait."""
        return await self.send("0100", **self.card_fields(card, amount, reference) | fields)

    async def authorize(self, card, amount=12_800, reference="R00000000001", **fields):
        await self.pay(card, amount, reference, **fields)
        return await self.answer()

    async def verify(self, card):
        fields = self.card_fields(card, 0, "V00000000001") | {"f25": "51", "f48": "REF=auth_v|CVC=123"}
        return await self.ask("0100", **fields)

    async def capture(self, amount=12_800, reference="R00000000001", mti="0220", advice=""):
        named = {"f48": f"REF={advice}"} if advice else {}
        return await self.ask(mti, f4=f"{amount:012}", f37=reference, **named)

    async def release(self, stays, reference="R00000000001"):
        return await self.ask("0400", f37=reference, f95=f"{stays:012}{0:012}{'D00000000' * 2}")

    async def take_back(self, mti="0420", reference="R00000000001"):
        return await self.ask(mti, f37=reference, f60="4021")

    async def refund(self, card, amount=12_800, reference="F00000000001", original="R00000000001"):
        fields = self.card_fields(card, amount, reference)
        return await self.ask("0200", **fields | {"f3": "200000", "f48": f"REF=ref_1|ORG={original}"})

    async def inquire(self, reference="R00000000001"):
        return await self.ask("0600", f37=reference)


@dataclass
class World:
    """The network host of one story, and whoever dials it."""

    folder: object
    clock: TestClock = field(default_factory=TestClock)
    magic_amounts: bool = False

    def __post_init__(self):
        self.host = Host(book=Book(self.folder), clock=self.clock, total_seconds=0.2, magic_amounts=self.magic_amounts)

    def charge(self, reference="R00000000001"):
        return self.host.book.charges[reference]

    def state(self, reference="R00000000001"):
        charge = self.host.book.charges.get(reference)
        return charge.state(self.clock.now) if charge else None

    def claims(self):
        """How much all charges still take of card owners' money."""
        return sum(charge.claim(self.clock.now) for charge in self.host.book.charges.values())

    @asynccontextmanager
    async def dialled(self, *, sign_on=True):
        server = await asyncio.start_server(self.host.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        channel = await self.dial()
        try:
            if sign_on:
                await channel.sign_on()
            yield channel
        finally:
            channel.writer.close()
            server.close()
            await self.host.close()
            await server.wait_closed()

    async def dial(self):
        return Channel(*await asyncio.open_connection("127.0.0.1", self.port))


def run(story):
    """Let an async story be an ordinary test."""
    return asyncio.run(asyncio.wait_for(story, 20))
