"""What the safe does on its own: late answers are heard, owed reversals are sent, what has ended is swept away."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from django.db import DatabaseError

from common import clock
from vault.models import WireMessage
from vault.safe.cards import destroy_forgotten, sweep_intakes
from vault.safe.desk import SHARE_OF_TIME, Desk
from vault.safe.notices import note_contradiction, question_of
from vault.safe.register import postpone_reversal, write_answer
from vault.safe.verbs.advise import close_authorization, send_reversal
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import inquiry
from vault.safe.wire.network import LinksDown, Silence
from vault.safe.wire.reading import advice_answer_of, read_answer, read_inquiry
from vault.states import MessageStatus
from vault.types import Acknowledged

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS: Final = 5
SWEEP_EVERY_SECONDS: Final = 3600
AT_ONCE: Final = 50
AGAIN: Final = "+again"
"""Ends the reference of a reversal that the safe sends of its own accord."""


def hear_late_answer(answer: Fields) -> bool:
    """Write down an answer that nobody waits for any more; returns whether it calls for a reversal of ours."""
    row = question_of(answer)
    if row is None:
        logger.warning("an answer that fits no question of ours (%s) is ignored", answer["t"])
        return False
    if row.status != MessageStatus.SENT:
        if row.response_code != answer.get("39"):
            logger.error("%s: a second answer contradicts the first, which is kept", row.reference)
            note_contradiction(answer, book="", now=clock.now())
        return False
    now = clock.now()
    write_answer(row, read_answer(row, answer), now=now)
    if row.about_id is not None and isinstance(advice_answer_of(row), Acknowledged):
        close_authorization(row, now=now)
    row.refresh_from_db()
    logger.warning("%s: its answer came late", row.reference)
    return row.reversal_due_at is not None


async def look_into_contradiction(desk: Desk, answer: Fields) -> None:
    """Two answers differ: the network's book is asked which it is, and a person is told what all three say."""
    row = await desk.run(question_of, answer)
    if row is None:
        return
    head = desk.letterhead(row.reference, network_reference=row.network_reference, now=clock.now())
    try:
        found = await desk.network.ask(
            inquiry(original=row.request, head=head), seconds=desk.network.total_seconds * SHARE_OF_TIME
        )
        reading = read_inquiry(row, found)
        book = reading.code if reading else "25"
    except (LinksDown, Silence):
        book = ""
    await desk.run(note_contradiction, answer, book=book, now=clock.now())


async def send_owed_reversals(desk: Desk) -> None:
    """For ever: partial approvals, and approvals that came after their reversal or after "not found"."""
    while True:
        desk.reversals_wanted.clear()
        try:
            for reference in await desk.run(WireMessage.reversals_due, now=clock.now(), limit=AT_ONCE):
                await _reverse(desk, reference)
        except Exception:
            logger.exception("owed reversals will be tried again")
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_SECONDS):
                await desk.reversals_wanted.wait()


async def _reverse(desk: Desk, reference: str) -> None:
    answer = await send_reversal(
        desk, reference=reference, advice_ref=reference + AGAIN, repeat=False, by_ref="sys", now=clock.now()
    )
    if isinstance(answer, Acknowledged):
        logger.warning("%s: reversed by the safe itself", reference)
        return
    tries = await desk.run(_sendings, reference + AGAIN)
    await desk.run(postpone_reversal, reference, tries=tries, now=clock.now())
    logger.error("%s: the reversal that we owe is not acknowledged after %s sendings: %s", reference, tries, answer)


def _sendings(reference: str) -> int:
    return WireMessage.objects.filter(reference=reference).values_list("sendings", flat=True).first() or 0


async def sweep(desk: Desk) -> None:
    """For ever: destroy what is no longer needed."""
    while True:
        try:
            await desk.run(sweep_intakes, now=clock.now())
            await desk.run(destroy_forgotten, now=clock.now())
        except DatabaseError:
            logger.exception("the sweep will be tried again")
        await asyncio.sleep(SWEEP_EVERY_SECONDS)
