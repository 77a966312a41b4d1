"""The safe's side of the door: frames in, verbs, frames out; many connections, many questions at once.

A question that is being asked already (the same reference) is not asked again: whoever comes second waits for the same
answer. A question is finished even if its asker has gone, so that its answer is written down.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from common.errors import Refusal
from vault.frames import HEADER, FrameBroken, body_length, frame, from_json, read_body, to_json
from vault.safe.desk import Desk, NotPrepared
from vault.safe.verbs.advise import send_capture, send_release, send_reversal, send_void
from vault.safe.verbs.authenticate_card import authenticate_card
from vault.safe.verbs.authorize_card import authorize_card
from vault.safe.verbs.forget_card import forget_card
from vault.safe.verbs.hear_authentication import hear_authentication
from vault.safe.verbs.inquire_authentication import inquire_authentication
from vault.safe.verbs.inquire_outcome import inquire_outcome
from vault.safe.verbs.notices import acknowledge_notices, read_notices
from vault.safe.verbs.open_intake import open_intake
from vault.safe.verbs.refund_card import refund_card
from vault.safe.verbs.send_case_answer import send_case_answer
from vault.safe.verbs.sign_receipt import receipt_keys, rotate_receipt_key, sign_receipt
from vault.safe.verbs.store_card import store_card
from vault.types import Health, NotSent, Unknown

logger = logging.getLogger(__name__)

Verb = Callable[..., Coroutine[Any, Any, Any]]

VERBS: Final[dict[str, Verb]] = {
    verb.__name__: verb
    for verb in (
        acknowledge_notices,
        authenticate_card,
        authorize_card,
        forget_card,
        hear_authentication,
        inquire_authentication,
        inquire_outcome,
        open_intake,
        read_notices,
        receipt_keys,
        refund_card,
        rotate_receipt_key,
        send_capture,
        send_case_answer,
        send_release,
        send_reversal,
        send_void,
        sign_receipt,
        store_card,
    )
}

ONE_AT_A_TIME: Final = {
    "authenticate_card": "reference",
    "authorize_card": "reference",
    "refund_card": "reference",
    "send_capture": "advice_ref",
    "send_void": "advice_ref",
    "send_release": "advice_ref",
    "send_reversal": "advice_ref",
    "send_case_answer": "advice_ref",
}
"""Verbs that send, and the member by which the same question is known."""

LAST_WORDS_SECONDS: Final = 2


class Server:
    def __init__(self, desk: Desk) -> None:
        self._desk, self._started = desk, time.monotonic()
        self._underway: dict[str, asyncio.Task[Any]] = {}
        self._lines: dict[asyncio.Task[Any] | None, asyncio.StreamWriter] = {}

    async def serve_line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: questions one after the other, until the asker hangs up."""
        line = asyncio.current_task()
        self._lines[line] = writer
        try:
            while True:
                length = body_length(await reader.readexactly(HEADER.size))
                message = read_body(await reader.readexactly(length))
                writer.write(frame(await self.answer(message)))
                await writer.drain()
        except (EOFError, OSError):
            pass  # the asker has gone
        except FrameBroken as error:
            logger.warning("a question that is no frame: %s", error)
        finally:
            self._lines.pop(line, None)
            writer.close()

    async def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        verb = str(message.get("verb"))
        try:
            members = {str(name): from_json(value) for name, value in dict(message.get("members", {})).items()}
            return {"answer": to_json(await self._do(verb, members))}
        except Refusal as refusal:
            return {"refusal": refusal.code}
        except NotPrepared:
            logger.exception("%s could not be prepared; nothing was sent", verb)
            return {"answer": to_json(NotSent(why="the safe could not write the question down"))}
        except Exception:
            logger.exception("%s is broken", verb)
            return {"broken": verb}

    async def _do(self, verb: str, members: dict[str, Any]) -> Any:
        if verb == "safe_health":
            return self._health()
        if verb == "inquire_outcome" and members["reference"] in self._underway:
            return Unknown(why="it is being asked at this moment")
        key = members[ONE_AT_A_TIME[verb]] if verb in ONE_AT_A_TIME else None
        if key is not None and key in self._underway:
            return await asyncio.shield(self._underway[key])
        task = asyncio.get_running_loop().create_task(VERBS[verb](self._desk, **members))
        name = key or f"{verb}:{id(task)}"
        self._underway[name] = task
        task.add_done_callback(lambda _done: self._underway.pop(name, None))
        return await asyncio.shield(task)

    def _health(self) -> Health:
        return Health(
            links_signed_on=self._desk.network.signed_on,
            links=self._desk.network.links,
            key_provider=self._desk.provider.health(),
            uptime_seconds=int(time.monotonic() - self._started),
        )

    async def finish(self) -> None:
        """Let what is underway end, but not for long; what is cut off is unknown, and says so on its row."""
        if self._underway:
            await asyncio.wait(self._underway.values(), timeout=LAST_WORDS_SECONDS)
        for writer in self._lines.values():
            writer.close()
        # Each line ends by itself when it finds its connection closed.
        if lines := [line for line in self._lines if line is not None]:
            await asyncio.wait(lines, timeout=LAST_WORDS_SECONDS)
