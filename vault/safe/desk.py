"""What the verbs behind the wall share: the keys, the cards, the wire and a few threads for the database."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import local
from typing import Final, ParamSpec, TypeVar

import uuid_utils
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from psycopg import Error as PsycopgError

from common.errors import Refusal
from vault.models import WireMessage
from vault.safe.cards import CardBox
from vault.safe.database import Database
from vault.safe.keys import KeyProvider
from vault.safe.register import answer_document, as_answered, write_not_sent
from vault.safe.threeds.directory import Directory
from vault.safe.threeds.messages import Requestor
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import Letterhead, Sender, trace
from vault.safe.wire.network import LinksDown, Network, Silence
from vault.safe.wire.reading import Reading, read_answer
from vault.states import MessageStatus
from vault.types import MerchantFacts

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

DATABASE_THREADS: Final = 8
IDLE_SECONDS: Final = 10
SHARE_OF_TIME: Final = 0.95
"""The safe gives up waiting a little before its asker does, so that the asker hears `Unknown` and not silence."""

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class NotPrepared(Exception):
    """Something broke before anything was sent."""


@contextmanager
def preparing() -> Iterator[None]:
    """Around what comes before anything is sent: if it fails, that nothing was sent is certain."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        raise NotPrepared from error


@dataclass(frozen=True, slots=True)
class Moment:
    """`now` as the asker's door read it, and a watch that runs since."""

    now: datetime
    started: float

    @classmethod
    def begin(cls, now: datetime) -> "Moment":
        return cls(now, time.monotonic())

    def later(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    def seconds_left(self, total: float) -> float:
        return total * SHARE_OF_TIME - (time.monotonic() - self.started)


@dataclass(slots=True)
class Desk:
    provider: KeyProvider
    cards: CardBox
    network: Network
    directory: Directory
    sender: Sender
    requestor: Requestor
    house: MerchantFacts
    """Who asks when no shop does: at an account verification."""
    sandbox: bool
    keeps_mismatches: bool
    """Whether a card gets in whose issuer vouches for it, but not for its security code."""
    threads: ThreadPoolExecutor
    database: Database
    reversals_wanted: asyncio.Event

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` in one of the database threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, partial(_with_connection, work, *args, **kwargs))

    async def prepare(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for what comes before anything is sent."""
        with preparing():
            return await self.run(work, *args, **kwargs)

    def letterhead(self, reference: str, *, network_reference: str, now: datetime) -> Letterhead:
        found_by = trace(self.network.next_number(), network_reference, now=now)
        return Letterhead(sender=self.sender, trace=found_by, reference=reference, now=now)

    async def exchange(self, row: WireMessage, message: Fields, *, moment: Moment) -> WireMessage:
        """Send what `row` says we send, and write down what came of it."""
        try:
            answer = await self.network.ask(message, seconds=moment.seconds_left(self.network.total_seconds))
        except LinksDown:
            await self._write_down(row, write_not_sent, row)
            row.status = MessageStatus.NOT_SENT
            return row
        except Silence as silence:
            logger.warning("%s: %s", row.reference, silence)
            return row
        reading, now = read_answer(row, answer), moment.later()
        row = await self._write_answer(row, reading, now=now)
        if row.distrusted:
            logger.error("%s: the answer is not believed: %s", row.reference, row.distrusted)
        if row.reversal_due_at is not None:
            self.reversals_wanted.set()
        return row

    async def _write_answer(self, row: WireMessage, reading: Reading, *, now: datetime) -> WireMessage:
        """The row as it is then; the first answer is the one that is kept."""
        try:
            is_first = await self.database.call("vault_write_answer", answer_document(row, reading, now=now))
        except PsycopgError:
            logger.exception("%s: the outcome could not be written down", row.reference)
            is_first = True
        if not is_first:
            await self._write_down(row, row.refresh_from_db)
            return row
        return as_answered(row, reading, now=now)

    async def _write_down(self, row: WireMessage, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What we know is true even if it cannot be written down; the record says less until an inquiry."""
        try:
            return await self.run(work, *args, **kwargs)
        except DatabaseError:
            logger.exception("%s: the outcome could not be written down", row.reference)
            return None


def new_network_reference() -> str:
    """Field 37: twelve letters and digits, sixty random bits."""
    number = uuid_utils.uuid4().int
    number = (number >> 64) & (2**60 - 1)
    letters = []
    for _ in range(12):
        number, digit = divmod(number, 32)
        letters.append(_LETTERS[digit])
    return "".join(letters)


_thread = local()


def _with_connection(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # A connection in use is trusted; one that lay idle for a while, or failed, is looked at before the next work.
    if time.monotonic() - getattr(_thread, "used", 0.0) > IDLE_SECONDS:
        close_old_connections()
    try:
        return work(*args, **kwargs)
    except (DatabaseError, InterfaceError):
        connection.close()
        raise
    finally:
        _thread.used = time.monotonic()
