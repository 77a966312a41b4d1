"""Ask the directory whether the issuer knows its customer, once per reference.

Nothing here moves money, so silence is no mystery: a directory that does not answer is unavailable, and whoever asked
decides what that means. The card number goes to the directory and nowhere else.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from events import services as events
from vault.models import AuthenticationRecord
from vault.safe.brands import PREPAID
from vault.safe.desk import Desk, Moment
from vault.safe.pan import OpenCard
from vault.safe.threeds.directory import DirectorySilent
from vault.safe.threeds.messages import Inquiry, MakesNoSense, authentication_request, read_answer
from vault.safe.threeds.records import answer_of, write_asked, write_unavailable, write_word
from vault.types import AuthenticationAnswer, BrowserFacts, MerchantFacts, NotSent, RequestorProof

logger = logging.getLogger(__name__)

SHARE_OF_TIME = 0.5
"""Of the time that one question to the network may take: afterwards the issuer is still to be asked for the money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    reference: str
    attempt_ref: str
    card_token: str
    owner_ref: str
    amount: Money
    merchant: MerchantFacts
    results_key: str


async def authenticate_card(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk,
    *,
    card_token: str,
    owner_ref: str,
    amount: Money,
    merchant: MerchantFacts,
    reference: str,
    attempt_ref: str,
    browser: BrowserFacts,
    proof: RequestorProof | None,
    challenge_mandated: int,
    results_url: str,
    return_url: str,
    by_ref: str,
    now: datetime,
) -> AuthenticationAnswer:
    moment = Moment.begin(now)
    subject = _Subject(
        reference=reference,
        attempt_ref=attempt_ref,
        card_token=card_token,
        owner_ref=owner_ref,
        amount=amount,
        merchant=merchant,
        results_key=secrets.token_urlsafe(32),
    )
    record, card = await desk.prepare(_write, desk, subject, by=Actor(by_ref), now=now)
    if record is None:
        return NotSent(why="there is no such card")
    if card is None:
        return answer_of(record)
    asked = Inquiry(
        server_trans_id=str(record.server_trans_id),
        amount=amount,
        merchant=merchant,
        browser=browser,
        proof=proof,
        challenge_mandated=bool(challenge_mandated),
        results_url=f"{results_url}/{subject.results_key}",
        return_url=f"{return_url}/{reference}",
        now=now,
    )
    message = authentication_request(card, asked, requestor=desk.requestor)
    return answer_of(await _exchange(desk, record, message, moment=moment))


async def _exchange(
    desk: Desk, record: AuthenticationRecord, message: dict[str, object], *, moment: Moment
) -> AuthenticationRecord:
    try:
        body = await desk.directory.ask(
            message, seconds=moment.seconds_left(desk.network.total_seconds * SHARE_OF_TIME)
        )
        word = read_answer(body, server_trans_id=str(record.server_trans_id), sandbox=desk.sandbox)
    except (DirectorySilent, MakesNoSense) as silence:
        logger.warning("%s: %s", record.reference, silence)
        return await desk.run(write_unavailable, record, why=str(silence), now=moment.later())
    return await desk.run(write_word, desk.cards, record, word, now=moment.later())


@transaction
def _write(
    desk: Desk, subject: _Subject, *, by: Actor, now: datetime
) -> tuple[AuthenticationRecord | None, OpenCard | None]:
    """The record, and the card if the directory is to be asked: not twice under one reference."""
    card = desk.cards.open(subject.card_token, owner_ref=subject.owner_ref)
    if card is None:
        return None, None
    record, is_new = write_asked(
        reference=subject.reference,
        attempt_ref=subject.attempt_ref,
        card_token=subject.card_token,
        owner_ref=subject.owner_ref,
        amount=subject.amount,
        prepaid=card.pan.bin6 in PREPAID,
        results_key=subject.results_key,
        now=now,
    )
    if not is_new:
        return record, None
    data = {"reference": subject.reference, "amount": str(subject.amount), "merchant": subject.merchant.ref}
    events.write_audit("card.authenticated", subject=subject.card_token, by=by, at=now, data=data)
    return record, card
