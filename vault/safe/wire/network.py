"""One or a few links to the card network, each carrying many questions at once.

An answer is matched to its question by trace number, moment and network reference; anything that matches nothing is a
stray and is handed to whoever listens for late answers. When nothing was written the caller learns `LinksDown`; after
the first byte, a lost link or a time-out is `Silence`.
"""

import asyncio
import itertools
import logging
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from vault.safe.wire.codec import HEADER, MOST_BYTES, Fields, MessageBroken, decode, framed
from vault.safe.wire.messages import Trace, network_message, notice_taken, trace

logger = logging.getLogger(__name__)

READY_WITHIN_SECONDS: Final = 3
ECHO_SECONDS: Final = 30
SHORTEST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 5
REMEMBERED: Final = 10_000

Key = tuple[str, str, str]


class LinksDown(Exception):
    """No link is signed on: certain that nothing left the house."""


class Silence(Exception):
    """It left the house, and no answer came that could be believed."""


class Network:
    """`clock` tells the moment for field 7 of our own 0800s; `stray` hears answers that nobody waits for any more.

    `notice` takes what the network tells us unasked (0620), and says whether it is written down. `contradicted` hears
    a second answer that differs from the first, which is kept.
    """

    def __init__(  # noqa: PLR0913 (all named; it is put together in one place)
        self,
        address: str,
        *,
        links: int,
        total_seconds: float,
        clock: Callable[[], datetime],
        stray: Callable[[Fields], None],
        notice: Callable[[Fields], Awaitable[bool]] | None = None,
        contradicted: Callable[[Fields], None] | None = None,
        first_trace_number: int = 1,
    ) -> None:
        host, _, port = address.rpartition(":")
        self.total_seconds, self.clock = total_seconds, clock
        self._links = [Link(self, host, int(port)) for _ in range(links)]
        self._turn = itertools.cycle(self._links)
        self._numbers = first_trace_number
        self._stray, self._notice, self._contradicted = stray, notice, contradicted
        self._told: OrderedDict[Key, str] = OrderedDict()
        self.came_up = asyncio.Event()

    def open(self) -> None:
        for link in self._links:
            link.open()

    async def close(self) -> None:
        await asyncio.gather(*(link.close() for link in self._links))

    @property
    def links(self) -> int:
        return len(self._links)

    @property
    def signed_on(self) -> int:
        return sum(link.is_ready for link in self._links)

    def next_number(self) -> int:
        """Trace numbers run from 1 to 999999 and begin again."""
        number, self._numbers = self._numbers, self._numbers % 999_999 + 1
        return number

    async def ask(self, message: Fields, *, seconds: float) -> Fields:
        """The network's answer. Raises LinksDown or Silence."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        link = await self._ready_link(min(seconds / 2, READY_WITHIN_SECONDS))
        answer = await link.ask(message, seconds=until - loop.time())
        if answer.get("39") == "91":
            # The network may have forgotten us; the question is answered, and the next one should find us signed on.
            link.sign_on_again()
        return answer

    async def _ready_link(self, seconds: float) -> "Link":
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    for link in itertools.islice(self._turn, len(self._links)):
                        if link.is_ready:
                            return link
                    self.came_up.clear()
                    await self.came_up.wait()
        raise LinksDown("no link to the card network is signed on")

    def remember(self, key: Key, code: str) -> None:
        self._told[key] = code
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def hear_stray(self, key: Key, answer: Fields) -> None:
        first = self._told.get(key)
        if first is None:
            self._stray(answer)
        elif first != answer.get("39"):
            logger.error("the network contradicts itself about %s: first %s, then %s", key[2], first, answer.get("39"))
            if self._contradicted is not None:
                self._contradicted(answer)

    async def take_notice(self, message: Fields) -> bool:
        return self._notice is not None and await self._notice(message)


class Link:
    """One TCP connection that is kept open, signed on, and opened again when it is lost."""

    def __init__(self, network: Network, host: str, port: int) -> None:
        self._network, self._host, self._port = network, host, port
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[Key, asyncio.Future[Fields]] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self.is_ready = False

    def open(self) -> None:
        self._keeper = asyncio.get_running_loop().create_task(self._keep_open())

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def ask(self, message: Fields, *, seconds: float) -> Fields:
        writer = self._writer
        if writer is None or writer.is_closing():
            raise LinksDown("the link was just lost")
        if seconds <= 0:
            raise LinksDown("no time was left to ask")
        key = key_of(message)
        future: asyncio.Future[Fields] = asyncio.get_running_loop().create_future()
        self._waiting[key] = future
        try:
            writer.write(framed(message))
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            raise Silence("no answer in time") from None
        finally:
            self._waiting.pop(key, None)

    def sign_on_again(self) -> None:
        self._do_beside(self._sign_on())

    def _do_beside(self, work: Coroutine[Any, Any, None]) -> None:
        errand = asyncio.get_running_loop().create_task(work)
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _take_notice(self, message: Fields) -> None:
        """Acknowledged when it is written down, and not before: until then the network says it again."""
        writer = self._writer
        if await self._network.take_notice(message) and writer is not None and not writer.is_closing():
            writer.write(framed(notice_taken(message)))

    async def _keep_open(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            try:
                async with asyncio.timeout(READY_WITHIN_SECONDS):
                    reader, self._writer = await asyncio.open_connection(self._host, self._port)
                pause = SHORTEST_PAUSE if await self._talk(reader) else pause
            except (OSError, TimeoutError) as error:
                logger.warning("no link to the card network: %s", error or type(error).__name__)
            finally:
                self._hang_up()
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 (jitter, not a secret)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _talk(self, reader: asyncio.StreamReader) -> bool:
        """Until the link is lost; returns whether it was ever signed on."""
        signing_on = asyncio.get_running_loop().create_task(self._sign_on_and_echo())
        was_ready = False
        try:
            while True:
                answer = await self._next_message(reader)
                if answer is not None:
                    self._deliver(answer)
                was_ready = was_ready or self.is_ready
        except (EOFError, OSError, TimeoutError, MessageBroken) as error:
            logger.warning("the link to the card network was lost: %s", error or type(error).__name__)
            return was_ready or self.is_ready
        finally:
            signing_on.cancel()
            with suppress(asyncio.CancelledError):
                await signing_on

    async def _next_message(self, reader: asyncio.StreamReader) -> Fields | None:
        """None for a message that cannot be read, while the frames around it still can. Raises when they cannot."""
        (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
        if not 4 <= length <= MOST_BYTES:
            raise MessageBroken("no length that a message has")
        # A frame that begins must end soon; half a frame would swallow the next ones.
        async with asyncio.timeout(self._network.total_seconds / 4):
            body = await reader.readexactly(length)
        if not body[:4].isdigit():
            raise MessageBroken("no message begins like this")
        try:
            return decode(body)
        except MessageBroken as error:
            logger.warning("a message from the card network cannot be read: %s", error)
            return None

    def _deliver(self, answer: Fields) -> None:
        if answer["t"][:3] == "062":
            self._do_beside(self._take_notice(answer))
            return
        if answer["t"][2] not in "13":
            logger.warning("the card network asks us something (%s); it is not answered", answer["t"])
            return
        key = key_of(answer)
        future = self._waiting.get(key)
        if future is None or future.done():
            self._network.hear_stray(key, answer)
        else:
            self._network.remember(key, answer.get("39", ""))
            future.set_result(answer)

    async def _sign_on_and_echo(self) -> None:
        await self._sign_on()
        while self._writer is not None and not self._writer.is_closing():
            await asyncio.sleep(ECHO_SECONDS)
            await self._say("301")

    async def _sign_on(self) -> None:
        if await self._say("001"):
            self.is_ready = True
            self._network.came_up.set()

    async def _say(self, code: str) -> bool:
        """Whether the network answered a 0800 with 00; if not, the link is hung up and opened again."""
        message = network_message(code, trace=self._trace())
        with suppress(LinksDown, Silence):
            answer = await self.ask(message, seconds=self._network.total_seconds)
            if answer.get("39") == "00":
                return True
        logger.warning("the card network did not take our 0800/%s", code)
        if self._writer is not None:
            self._writer.close()
        return False

    def _trace(self) -> Trace:
        return trace(self._network.next_number(), "", now=self._network.clock())

    def _hang_up(self) -> None:
        self.is_ready = False
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(Silence("the link was lost before the answer came"))


def key_of(message: Fields) -> Key:
    """What question and answer have in common. The answer's type is one of its question's: 0100 and 0110."""
    return f"{message['t'][:2]}:{message.get('11', '')}", message.get("7", ""), message.get("37", "")
