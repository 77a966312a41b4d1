"""Ask the issuer for a promise, once per reference.

With `three_ds_ref` the safe adds what it keeps of that authentication, and refuses one that is about anything else.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from common.actors import Actor
from common.db import transaction
from common.functions import row_from_json
from common.money import Money
from vault.models import CardRecord, OwnerKey, WireMessage
from vault.safe.desk import Desk, Moment, new_network_reference, preparing
from vault.safe.envelope import DoesNotOpen
from vault.safe.pan import OpenCard
from vault.safe.register import (
    Entry,
    close_reference,
    question_about,
    question_document,
    write_not_sent,
    write_question_at_once,
)
from vault.safe.threeds.records import BelongsElsewhere, use_once
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import authorization, with_card
from vault.safe.wire.reading import answer_of
from vault.states import MessageKind, MessageStatus
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
    with preparing():
        if three_ds_ref:
            row, message = await desk.run(_write_proved, desk, entry, terms, by=Actor(by_ref), now=now)
        else:
            row, message = await _write(desk, entry, terms, by=Actor(by_ref), now=now)
    if message is not None:
        row = await desk.exchange(row, message, moment=moment)
    return answer_of(row)


async def _write(
    desk: Desk, entry: Entry, terms: Terms, *, by: Actor, now: datetime
) -> tuple[WireMessage, Fields | None]:
    """The row and what is to be sent; nothing is, when this reference was asked before or the card is not theirs.

    One statement, which is one commit: it writes the question, for which no card is needed, and reads the card.
    """
    message = _message(desk, entry, terms, card=None, now=now)
    fresh, document = question_document(entry, message, **_note(entry, terms), by=by, now=now)
    found = await desk.database.call("vault_ask_about_card", document)
    if found is None:
        return await desk.run(transaction(close_reference), entry, now=now), None
    if not found["is_new"]:
        return await desk.run(question_about, entry.reference), None
    record = row_from_json(CardRecord, found["card"])
    record.owner_key = row_from_json(OwnerKey, found["key"])
    try:
        return fresh, with_card(message, desk.cards.open_record(record))
    except DoesNotOpen:
        logger.exception("%s: the card's record does not open", entry.reference)
        await desk.run(write_not_sent, fresh)
        fresh.status = MessageStatus.NOT_SENT
        return fresh, None


@transaction
def _write_proved(
    desk: Desk, entry: Entry, terms: Terms, *, by: Actor, now: datetime
) -> tuple[WireMessage, Fields | None]:
    """The same with the issuer's word for its customer: using it up and asking with it are one commit."""
    card = desk.cards.open(entry.card_token, owner_ref=entry.owner_ref)
    if card is None:
        return close_reference(entry, now=now), None
    try:
        proved = _proved(desk, entry, terms.three_ds_ref, now=now)
    except BelongsElsewhere:
        logger.exception("%s: refused with the authentication %s", entry.reference, terms.three_ds_ref)
        return close_reference(entry, now=now), None
    message = _message(desk, entry, terms, card=card, proved=proved, now=now)
    row, is_new = write_question_at_once(*question_document(entry, message, **_note(entry, terms), by=by, now=now))
    return row, message if is_new else None


def _message(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk,
    entry: Entry,
    terms: Terms,
    *,
    card: OpenCard | None,
    proved: Mapping[str, str] = MappingProxyType({}),
    now: datetime,
) -> Fields:
    return authorization(
        card=card,
        amount=entry.amount,
        merchant=terms.merchant,
        initiator=terms.initiator,
        series_ref=terms.series_ref,
        three_ds=proved,
        head=desk.letterhead(entry.reference, network_reference=new_network_reference(), now=now),
    )


def _note(entry: Entry, terms: Terms) -> dict[str, Any]:
    facts = {"reference": entry.reference, "amount": str(entry.amount), "merchant": terms.merchant.ref}
    facts |= {"initiator": terms.initiator} | ({"three_ds": terms.three_ds_ref} if terms.three_ds_ref else {})
    return {"action": "card.authorized", "facts": facts}


def _proved(desk: Desk, entry: Entry, three_ds_ref: str, *, now: datetime) -> Mapping[str, str]:
    if WireMessage.objects.filter(reference=entry.reference).exists():
        return {}  # asked before: the answer is on its row, and nothing is sent
    return use_once(desk.cards, three_ds_ref, entry, now=now)
