"""The safe as a process: shut tight, its keys tried, its socket open, until it is told to stop."""

import asyncio
import ctypes
import logging
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Barrier
from typing import Any, Final

from django.conf import settings
from django.db import connections

from common import clock
from vault.models import WireMessage
from vault.safe.cards import CardBox, check_keys
from vault.safe.database import Database
from vault.safe.desk import DATABASE_THREADS, Desk
from vault.safe.keys import FileKeyProvider, KeyProvider
from vault.safe.late import hear_late_answer, look_into_contradiction, send_owed_reversals, sweep
from vault.safe.notices import hear_notice
from vault.safe.server import Server
from vault.safe.threeds.directory import Directory
from vault.safe.threeds.messages import Requestor
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import Sender
from vault.safe.wire.network import Network
from vault.types import MerchantFacts

logger = logging.getLogger(__name__)

PR_SET_DUMPABLE: Final = 4
HOUSE_CATEGORY: Final = "7399"
"""Business services: what the account verification says about who asks."""


class CannotOpen(Exception):
    """The safe cannot start. The sentence is for the operator."""


def shut_tight() -> None:
    """No core dump holds a card number, and no other process of this user may look into our memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def run_safe(*, announce: Callable[[str], None]) -> None:
    """Open the safe and serve until SIGTERM or SIGINT. Raises KeysUnusable or CannotOpen, with one clear sentence."""
    shut_tight()
    provider = FileKeyProvider(settings.KEK_FILE)
    check_keys(provider, now=clock.now())
    first = WireMessage.newest_trace_number() % 999_999 + 1
    connections.close_all()
    asyncio.run(_serve_until_told(provider, first_trace_number=first, announce=announce))


async def _serve_until_told(provider: KeyProvider, *, first_trace_number: int, announce: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with open_safe(provider, first_trace_number=first_trace_number):
        announce(f"The safe is open at {settings.SAFE_SOCKET}.")
        await stop.wait()


@asynccontextmanager
async def open_safe(provider: KeyProvider, *, first_trace_number: int = 1) -> AsyncIterator[Desk]:
    """The safe, open for as long as the block lasts: socket, links, threads and what it does on its own."""
    path: Path = settings.SAFE_SOCKET
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="safe-database") as threads:
        desk = _desk(provider, threads, first_trace_number=first_trace_number)
        server = Server(desk)
        door = await asyncio.start_unix_server(server.serve_line, sock=_private_socket(path))
        desk.network.open()
        errands = [loop.create_task(send_owed_reversals(desk)), loop.create_task(sweep(desk))]
        try:
            yield desk
        finally:
            door.close()
            _unlink(path)
            await server.finish()
            for errand in errands:
                errand.cancel()
            await asyncio.gather(*errands, return_exceptions=True)
            await desk.network.close()
            await desk.directory.close()
            await desk.database.close()
            _close_connections(threads)


def _close_connections(threads: ThreadPoolExecutor) -> None:
    """Each thread closes its own connection to the database; they meet first, so that each has exactly one turn."""
    meeting = Barrier(DATABASE_THREADS)

    def close() -> None:
        meeting.wait(timeout=5)
        connections.close_all()

    for done in [threads.submit(close) for _ in range(DATABASE_THREADS)]:
        done.result()


def _desk(provider: KeyProvider, threads: ThreadPoolExecutor, *, first_trace_number: int) -> Desk:
    errands: set[asyncio.Task[None]] = set()

    def beside(work: Coroutine[Any, Any, None]) -> None:
        errand = asyncio.get_running_loop().create_task(work)
        errands.add(errand)
        errand.add_done_callback(errands.discard)

    def stray(answer: Fields) -> None:
        beside(hear(answer))

    def contradicted(answer: Fields) -> None:
        beside(look_into_contradiction(desk, answer))

    async def hear(answer: Fields) -> None:
        if await desk.run(hear_late_answer, answer):
            desk.reversals_wanted.set()

    async def take_notice(message: Fields) -> bool:
        try:
            return await desk.run(hear_notice, desk, message, now=clock.now())
        except Exception:
            logger.exception("a notice of the card network could not be written down; it will say it again")
            return False

    desk = Desk(
        provider=provider,
        cards=CardBox(provider),
        network=Network(
            settings.NETWORK_ADDRESS,
            links=settings.NETWORK_LINKS,
            total_seconds=settings.WIRE_TOTAL_SECONDS,
            clock=clock.now,
            stray=stray,
            notice=take_notice,
            contradicted=contradicted,
            first_trace_number=first_trace_number,
        ),
        directory=Directory(settings.THREEDS_DIRECTORY_URL),
        sender=Sender(acquirer=settings.ACQUIRER_ID, terminal=settings.TERMINAL_ID),
        requestor=Requestor(acquirer=settings.ACQUIRER_ID, name=settings.COMMERCE["name"], url=settings.BASE_URL),
        house=MerchantFacts(ref="VAULTPAY", name=settings.COMMERCE["name"], mcc=HOUSE_CATEGORY, city=""),
        sandbox=settings.SANDBOX,
        keeps_mismatches=settings.SECURITY_CODE_MISMATCH == "keep",
        threads=threads,
        database=Database(),
        reversals_wanted=asyncio.Event(),
    )
    return desk


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


def _private_socket(path: Path) -> socket.socket:
    """A listening socket of mode 0600. Another safe that still listens there is not pushed away."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.connect(str(path))
    except OSError:
        _unlink(path)
    else:
        raise CannotOpen(f"Another safe is already open at {path}.")
    finally:
        line.close()
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        door.bind(str(path))
    except OSError as error:
        door.close()
        raise CannotOpen(f"The safe cannot open its socket at {path}: {error.strerror or error}.") from error
    finally:
        os.umask(mask)
    return door
