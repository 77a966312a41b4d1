"""Capture, void, release and reversal: the advices about an authorization, built from its stored request and said
until they are answered. An advice has a reference of its own; said again it is the very same message.
"""

from datetime import datetime
from typing import Final

from django.db.models import F

from common.actors import Actor
from common.db import transaction
from common.money import Money
from events import services as events
from vault.models import WireMessage
from vault.safe.cards import destroy_forgotten
from vault.safe.desk import Desk, Moment
from vault.safe.pan import OpenCard
from vault.safe.register import Entry, write_question
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import Letterhead, capture, from_store, release, reversal, void
from vault.safe.wire.reading import ORIGINAL_NOT_FOUND, advice_answer_of
from vault.states import MessageKind, MessageStatus, Outcome
from vault.types import Acknowledged, AdviceAnswer, NotSent, Refused

AUDITED_AS: Final = {
    MessageKind.CAPTURE: "card.captured",
    MessageKind.VOID: "card.voided",
    MessageKind.RELEASE: "card.released",
    MessageKind.REVERSAL: "card.reversed",
}
ENDS_AS: Final = {
    MessageKind.CAPTURE: Outcome.CAPTURED,
    MessageKind.VOID: Outcome.LET_GO,
    MessageKind.REVERSAL: Outcome.LET_GO,
}
"""A release ends nothing: what stays is captured, or was."""


async def send_capture(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk, *, reference: str, advice_ref: str, amount: Money, by_ref: str, now: datetime
) -> AdviceAnswer:
    return await _advise(
        desk, MessageKind.CAPTURE, reference=reference, advice_ref=advice_ref, amount=amount, by_ref=by_ref, now=now
    )


async def send_void(desk: Desk, *, reference: str, advice_ref: str, by_ref: str, now: datetime) -> AdviceAnswer:
    return await _advise(
        desk, MessageKind.VOID, reference=reference, advice_ref=advice_ref, amount=None, by_ref=by_ref, now=now
    )


async def send_release(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk, *, reference: str, advice_ref: str, stays: Money, by_ref: str, now: datetime
) -> AdviceAnswer:
    return await _advise(
        desk, MessageKind.RELEASE, reference=reference, advice_ref=advice_ref, amount=stays, by_ref=by_ref, now=now
    )


async def send_reversal(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk, *, reference: str, advice_ref: str, repeat: bool, by_ref: str, now: datetime
) -> AdviceAnswer:
    return await _advise(
        desk,
        MessageKind.REVERSAL,
        reference=reference,
        advice_ref=advice_ref,
        amount=None,
        by_ref=by_ref,
        now=now,
        repeat=repeat,
    )


async def _advise(  # noqa: PLR0913 (the verbs' arguments together)
    desk: Desk,
    kind: MessageKind,
    *,
    reference: str,
    advice_ref: str,
    amount: Money | None,
    by_ref: str,
    now: datetime,
    repeat: bool = False,
) -> AdviceAnswer:
    moment = Moment.begin(now)
    asked = await desk.prepare(
        _write,
        desk,
        kind,
        reference=reference,
        advice_ref=advice_ref,
        amount=amount,
        by=Actor(by_ref),
        now=now,
        repeat=repeat,
    )
    if not isinstance(asked, tuple):
        return asked
    row, message = asked
    if message is not None:
        row = await desk.exchange(row, message, moment=moment)
        if isinstance(advice_answer_of(row), Acknowledged):
            await desk.run(close_authorization, row, now=moment.later())
    return advice_answer_of(row)


@transaction
def _write(  # noqa: PLR0913 (the verbs' arguments together)
    desk: Desk,
    kind: MessageKind,
    *,
    reference: str,
    advice_ref: str,
    amount: Money | None,
    by: Actor,
    now: datetime,
    repeat: bool,
) -> tuple[WireMessage, Fields | None] | Refused | NotSent:
    original = WireMessage.objects.filter(reference=reference, kind=MessageKind.AUTHORIZATION).first()
    if original is None or original.status == MessageStatus.NOT_SENT:
        return Refused(ORIGINAL_NOT_FOUND)
    earlier = WireMessage.objects.select_for_update(no_key=True).filter(reference=advice_ref, about=original).first()
    if earlier is not None and earlier.status == MessageStatus.ANSWERED and not _may_be_asked_again(earlier):
        return earlier, None
    card = desk.cards.open(original.card_token, owner_ref=original.owner_ref, even_forgotten=True)
    if card is None:
        return NotSent(why="the card's record is gone")
    if earlier is not None:
        return _say_again(earlier, card, repeat=repeat)
    head = desk.letterhead(advice_ref, network_reference=original.network_reference, now=now)
    message = _build(kind, card=card, amount=amount, original=original, head=head)
    entry = Entry(
        reference=advice_ref,
        kind=kind,
        card_token=original.card_token,
        owner_ref=original.owner_ref,
        amount=amount or original.amount,
        about=original,
    )
    row, is_new = write_question(entry, message, now=now)
    if not is_new:
        return row, None
    data = {"reference": reference, "advice": advice_ref, "amount": str(entry.amount)}
    events.write_audit(AUDITED_AS[kind], subject=original.card_token, by=by, at=now, data=data)
    return row, message


def _may_be_asked_again(row: WireMessage) -> bool:
    """Letting go that was refused is not done with; every other answer is final."""
    letting_go = row.kind in {MessageKind.VOID, MessageKind.RELEASE, MessageKind.REVERSAL}
    return bool(row.distrusted) or (letting_go and row.response_code != "00")


def _say_again(row: WireMessage, card: OpenCard, *, repeat: bool) -> tuple[WireMessage, Fields]:
    """The stored advice once more. One that never left the house goes out as if for the first time."""
    repeated = repeat or row.status != MessageStatus.NOT_SENT
    WireMessage.objects.filter(pk=row.pk).update(
        status=MessageStatus.SENT, answer=None, answered_at=None, distrusted="", sendings=F("sendings") + 1
    )
    row.refresh_from_db()
    return row, from_store(row.request, card=card, repeated=repeated)


def _build(
    kind: MessageKind, *, card: OpenCard, amount: Money | None, original: WireMessage, head: Letterhead
) -> Fields:
    approval_code = (original.answer or {}).get("38", "")
    match kind:
        case MessageKind.CAPTURE:
            return capture(
                card=card,
                amount=amount or original.amount,
                original=original.request,
                approval_code=approval_code,
                head=head,
            )
        case MessageKind.RELEASE:
            return release(
                card=card,
                stays=amount or original.amount,
                original=original.request,
                approval_code=approval_code,
                head=head,
            )
        case MessageKind.VOID:
            return void(card=card, original=original.request, approval_code=approval_code, head=head)
        case _:
            return reversal(card=card, original=original.request, head=head)


@transaction
def close_authorization(row: WireMessage, *, now: datetime) -> None:
    """The advice was acknowledged: its authorization has ended, and with it perhaps the last need of a card."""
    if (outcome := ENDS_AS.get(MessageKind(row.kind))) is not None:
        WireMessage.objects.filter(pk=row.about_id or "").update(outcome=outcome, reversal_due_at=None)
    destroy_forgotten(card_tokens=[row.card_token], now=now)
