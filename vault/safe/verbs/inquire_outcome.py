"""What became of it: the safe's own record first, then the network's book.

A promise that the network refused to void or to reverse is in doubt: then its book is asked in spite of our record.
"""

import logging
from datetime import datetime

from common.db import transaction
from common.money import yen
from vault.models import WireMessage
from vault.safe.desk import Desk, Moment
from vault.safe.register import Entry, close_reference, write_inquired, write_not_found
from vault.safe.wire.messages import inquiry
from vault.safe.wire.network import LinksDown, Silence
from vault.safe.wire.reading import inquiry_answer_of, is_let_go, read_inquiry
from vault.states import MessageKind, MessageStatus, Outcome
from vault.types import InquiryAnswer, NotSent, Unknown

logger = logging.getLogger(__name__)


async def inquire_outcome(desk: Desk, *, reference: str, now: datetime) -> InquiryAnswer:
    moment = Moment.begin(now)
    row, in_doubt = await desk.prepare(_find, reference, now=now)
    known = inquiry_answer_of(row)
    if known is not None and not in_doubt:
        return known
    head = desk.letterhead(reference, network_reference=row.network_reference, now=now)
    message = inquiry(original=row.request, head=head)
    try:
        answer = await desk.network.ask(message, seconds=moment.seconds_left(desk.network.total_seconds))
    except LinksDown as down:
        return NotSent(why=str(down))
    except Silence as silence:
        return Unknown(why=str(silence))
    reading = read_inquiry(row, answer)
    if reading is None:
        row = await desk.run(write_not_found, row)
        return inquiry_answer_of(row) or Unknown(why=row.distrusted or "the network knows nothing of it")
    if reading.distrusted:
        return Unknown(why=reading.distrusted)
    row = await desk.run(write_inquired, row, reading, let_go=is_let_go(answer), now=moment.later())
    if row.reversal_due_at is not None:
        desk.reversals_wanted.set()
    return inquiry_answer_of(row) or Unknown(why=row.distrusted)


@transaction
def _find(reference: str, *, now: datetime) -> tuple[WireMessage, bool]:
    """The row of this reference, and whether it is in doubt. One that is not there is used up now, so that "not found"
    stays true.
    """
    row = WireMessage.objects.filter(reference=reference).first()
    if row is not None:
        refused = row.advices.filter(kind__in=[MessageKind.VOID, MessageKind.REVERSAL], status=MessageStatus.ANSWERED)
        return row, row.outcome == Outcome.OPEN and refused.exclude(response_code="00").exists()
    logger.info("%s was asked about before it was asked for; it is closed", reference)
    entry = Entry(reference=reference, kind=MessageKind.AUTHORIZATION, card_token="", owner_ref="", amount=yen(0))
    return close_reference(entry, now=now), False
