"""Ask the issuer for a promise, once per reference.

With `three_ds_ref` the safe adds what it keeps of that authentication, and refuses one that is about anything else.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from vault.models import WireMessage
from vault.safe.desk import Desk, Moment, new_network_reference
from vault.safe.register import Entry, close_reference, write_question_at_once
from vault.safe.threeds.records import BelongsElsewhere, use_once
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import authorization
from vault.safe.wire.reading import answer_of
from vault.states import MessageKind
from vault.types import Answer, MerchantFacts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the issuer is told about the asking itself: for which shop, who began it, and what it builds on."""

    merchant: MerchantFacts
    initiator: str
    series_ref: str
    three_ds_ref: str


async def authorize_card(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk,
    *,
    card_token: str,
    owner_ref: str,
    amount: Money,
    merchant: MerchantFacts,
    reference: str,
    initiator: str,
    series_ref: str,
    three_ds_ref: str,
    by_ref: str,
    now: datetime,
) -> Answer:
    moment = Moment.begin(now)
    entry = Entry(
        reference=reference,
        kind=MessageKind.AUTHORIZATION,
        card_token=card_token,
        owner_ref=owner_ref,
        amount=amount,
    )
    terms = Terms(merchant=merchant, initiator=initiator, series_ref=series_ref, three_ds_ref=three_ds_ref)
    # Alone, the question is one statement; using up an authentication and asking with it are one commit.
    write = transaction(_write) if three_ds_ref else _write
    row, message = await desk.prepare(write, desk, entry, terms, by=Actor(by_ref), now=now)
    if message is not None:
        row = await desk.exchange(row, message, moment=moment)
    return answer_of(row)


def _write(desk: Desk, entry: Entry, terms: Terms, *, by: Actor, now: datetime) -> tuple[WireMessage, Fields | None]:
    """The row and what is to be sent; nothing is, when this reference was asked before or the card is not theirs."""
    card = desk.cards.open(entry.card_token, owner_ref=entry.owner_ref)
    if card is None:
        return transaction(close_reference)(entry, now=now), None
    try:
        proved = _proved(desk, entry, terms.three_ds_ref, now=now)
    except BelongsElsewhere:
        logger.exception("%s: refused with the authentication %s", entry.reference, terms.three_ds_ref)
        return transaction(close_reference)(entry, now=now), None
    head = desk.letterhead(entry.reference, network_reference=new_network_reference(), now=now)
    message = authorization(
        card=card,
        amount=entry.amount,
        merchant=terms.merchant,
        initiator=terms.initiator,
        series_ref=terms.series_ref,
        three_ds=proved,
        head=head,
    )
    facts = {"reference": entry.reference, "amount": str(entry.amount), "merchant": terms.merchant.ref}
    facts |= {"initiator": terms.initiator} | ({"three_ds": terms.three_ds_ref} if terms.three_ds_ref else {})
    row, is_new = write_question_at_once(entry, message, action="card.authorized", by=by, facts=facts, now=now)
    return row, message if is_new else None


def _proved(desk: Desk, entry: Entry, three_ds_ref: str, *, now: datetime) -> Mapping[str, str]:
    if not three_ds_ref or WireMessage.objects.filter(reference=entry.reference).exists():
        return {}  # asked before: the answer is on its row, and nothing is sent
    return use_once(desk.cards, three_ds_ref, entry, now=now)
