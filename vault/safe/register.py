"""The written record of what was asked on the wire. Runs in worker threads; a step is one commit or part of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from common.actors import Actor
from common.db import transaction, transaction_required
from common.functions import call_function, row_json
from common.ids import new_id, read_id
from common.money import Money
from events import services as events
from vault.models import WireMessage
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import to_store
from vault.safe.wire.reading import PARTIAL_APPROVAL, Reading
from vault.states import MessageKind, MessageStatus, Outcome

SHORTEST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the register notes beside the message itself."""

    reference: str
    kind: MessageKind
    card_token: str
    owner_ref: str
    amount: Money
    about: WireMessage | None = None


@transaction_required
def write_question(entry: Entry, message: Fields, *, now: datetime) -> tuple[WireMessage, bool]:
    """The row of this reference, and whether it was just written. Two hands with one reference write one row."""
    fresh = _row(entry, message, status=MessageStatus.SENT, now=now)
    WireMessage.objects.bulk_create([fresh], ignore_conflicts=True)
    row = WireMessage.objects.get(reference=entry.reference)
    return row, row.id == fresh.id


def question_document(  # noqa: PLR0913 (all named)
    entry: Entry, message: Fields, *, action: str, by: Actor, facts: Mapping[str, Any], now: datetime
) -> tuple[WireMessage, dict[str, Any]]:
    """The row and the record of the card's use, for `vault_write_question` and `vault_ask_about_card`."""
    fresh = _row(entry, message, status=MessageStatus.SENT, now=now)
    audit = events.audit_document(action, subject=entry.card_token, by=by, at=now, data=facts)
    card = str(read_id(entry.card_token, prefix="tok"))
    return fresh, {"message": row_json(fresh), "audit": audit, "card": card}


def write_question_at_once(fresh: WireMessage, document: Mapping[str, Any]) -> tuple[WireMessage, bool]:
    """The same with the record of the card's use, in one statement, which is its own transaction."""
    if call_function("vault_write_question", document):
        return fresh, True
    return question_about(fresh.reference), False


def question_about(reference: str) -> WireMessage:
    return WireMessage.objects.get(reference=reference)


@transaction_required
def close_reference(entry: Entry, *, now: datetime) -> WireMessage:
    """Use up a reference without sending: whatever comes under it later is answered `NotSent`."""
    fresh = _row(entry, {"t": ""}, status=MessageStatus.NOT_SENT, now=now)
    fresh.outcome = Outcome.NOT_FOUND
    WireMessage.objects.bulk_create([fresh], ignore_conflicts=True)
    return WireMessage.objects.get(reference=entry.reference)


def _row(entry: Entry, message: Fields, *, status: MessageStatus, now: datetime) -> WireMessage:
    return WireMessage(
        id=new_id("wir"),
        reference=entry.reference,
        kind=entry.kind,
        about=entry.about,
        card_token=entry.card_token,
        owner_ref=entry.owner_ref,
        amount_minor=entry.amount.minor,
        currency=entry.amount.currency,
        mti=message["t"],
        trace_number=message.get("11", ""),
        transmitted=message.get("7", ""),
        network_reference=message.get("37", ""),
        request=to_store(message),
        status=status,
        sent_at=now,
    )


def write_not_sent(row: WireMessage) -> None:
    """It is certain that nothing left the house."""
    WireMessage.objects.filter(pk=row.pk, status=MessageStatus.SENT).update(status=MessageStatus.NOT_SENT)


def write_answer(row: WireMessage, reading: Reading, *, now: datetime) -> WireMessage:
    """Keep the first answer; returns the row as it is then. A partial or unwanted yes is a reversal that we owe."""
    if not call_function("vault_write_answer", answer_document(row, reading, now=now)):
        row.refresh_from_db()
        return row
    return as_answered(row, reading, now=now)


def answer_document(row: WireMessage, reading: Reading, *, now: datetime) -> dict[str, Any]:
    is_authorization = row.kind == MessageKind.AUTHORIZATION
    return {
        "id": str(read_id(row.id, prefix="wir")),
        "answer": reading.kept,
        "response_code": reading.code,
        "distrusted": reading.distrusted,
        "answered_at": now.isoformat(),
        "promises": is_authorization and reading.is_approved,
        "is_owed": is_authorization and reading.code == PARTIAL_APPROVAL,
    }


def as_answered(row: WireMessage, reading: Reading, *, now: datetime) -> WireMessage:
    row.status, row.answer, row.response_code = MessageStatus.ANSWERED, reading.kept, reading.code
    row.distrusted, row.answered_at = reading.distrusted, now
    if row.kind == MessageKind.AUTHORIZATION and reading.code == PARTIAL_APPROVAL:
        row.reversal_due_at = now
    return row


def write_not_found(row: WireMessage) -> WireMessage:
    """The network knows nothing of it and others will be told so, unless its answer came in this very moment."""
    # A yes that we do not believe is not forgotten because the network forgets it: it ends in a reversal.
    seen = WireMessage.objects.filter(pk=row.pk, status=row.status).exclude(~Q(distrusted=""), response_code="00")
    seen.update(outcome=Outcome.NOT_FOUND)
    row.refresh_from_db()
    return row


@transaction
def write_inquired(row: WireMessage, reading: Reading, *, let_go: bool, now: datetime) -> WireMessage:
    """What the network's book says replaces no answer, or one that was not believed; that it let go counts always."""
    row = WireMessage.objects.select_for_update(no_key=True).get(pk=row.pk)
    if row.status != MessageStatus.ANSWERED or row.distrusted:
        as_answered(row, reading, now=now)
    if let_go:
        row.outcome, row.reversal_due_at = Outcome.LET_GO, None
    row.save()
    return row


def postpone_reversal(reference: str, *, tries: int, now: datetime) -> None:
    """Pauses double, up to an hour; a reversal that is owed is never given up."""
    wait = min(SHORTEST_WAIT * 2 ** min(tries, 12), LONGEST_WAIT)
    WireMessage.objects.filter(reference=reference).update(reversal_due_at=now + wait)
