"""The written record of what was asked on the wire. Runs in worker threads; a step is one commit or part of one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, F, Q, Value, When

from common.db import transaction, transaction_required
from common.ids import new_id
from common.money import Money
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
    owed: Any = F("reversal_due_at")
    if row.kind == MessageKind.AUTHORIZATION and reading.code == PARTIAL_APPROVAL:
        owed = Value(now)
    elif row.kind == MessageKind.AUTHORIZATION and reading.is_approved:
        # Decided by the row as it is at this moment: an inquiry or a reversal may have ended it meanwhile.
        ended = When(outcome__in=[Outcome.LET_GO, Outcome.NOT_FOUND], then=Value(now))
        owed = Case(ended, default=F("reversal_due_at"))
    written = WireMessage.objects.filter(pk=row.pk, status=MessageStatus.SENT).update(
        status=MessageStatus.ANSWERED,
        answer=reading.kept,
        response_code=reading.code,
        distrusted=reading.distrusted,
        answered_at=now,
        reversal_due_at=owed,
    )
    if not written:
        row.refresh_from_db()
        return row
    return as_answered(row, reading, now=now)


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
