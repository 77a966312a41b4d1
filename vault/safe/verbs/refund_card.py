"""Give money back to the card that paid, once per reference."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from events import services as events
from vault.models import WireMessage
from vault.safe.desk import Desk, Moment, new_network_reference
from vault.safe.register import Entry, close_reference, write_question
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import refund
from vault.safe.wire.reading import answer_of
from vault.states import MessageKind
from vault.types import Answer, MerchantFacts


async def refund_card(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk,
    *,
    card_token: str,
    owner_ref: str,
    original_reference: str,
    reference: str,
    amount: Money,
    merchant: MerchantFacts,
    by_ref: str,
    now: datetime,
) -> Answer:
    moment = Moment.begin(now)
    entry = Entry(
        reference=reference,
        kind=MessageKind.REFUND,
        card_token=card_token,
        owner_ref=owner_ref,
        amount=amount,
    )
    row, message = await desk.prepare(_write, desk, entry, original_reference, merchant, by=Actor(by_ref), now=now)
    if message is not None:
        row = await desk.exchange(row, message, moment=moment)
    return answer_of(row)


@transaction
def _write(  # noqa: PLR0913 (as the verb's)
    desk: Desk, entry: Entry, original_reference: str, merchant: MerchantFacts, *, by: Actor, now: datetime
) -> tuple[WireMessage, Fields | None]:
    """The row and what is to be sent. A card that was forgotten since is still given its money, if it is still here."""
    original = WireMessage.objects.filter(
        reference=original_reference,
        kind=MessageKind.AUTHORIZATION,
        card_token=entry.card_token,
        owner_ref=entry.owner_ref,
    ).first()
    card = desk.cards.open(entry.card_token, owner_ref=entry.owner_ref, even_forgotten=True)
    if original is None or "37" not in original.request or card is None:
        return close_reference(entry, now=now), None
    head = desk.letterhead(entry.reference, network_reference=new_network_reference(), now=now)
    message = refund(card=card, amount=entry.amount, merchant=merchant, original=original.request, head=head)
    row, is_new = write_question(entry, message, now=now)
    if not is_new:
        return row, None
    data = {"reference": entry.reference, "amount": str(entry.amount), "merchant": merchant.ref}
    events.write_audit("card.refunded", subject=entry.card_token, by=by, at=now, data=data)
    return row, message
