"""`charge_grant` for the case that nearly all charges are, in two commits of one statement each.

A recurring grant that is charged within its limits, a card that may pay, a customer without rules of their own, a first
request, an issuer that says yes: that is written by `payments_reserve` and `payments_settle_outcome`, together with the
idempotency key and its answer. Whatever is otherwise is none of this verb's business: before the issuer was asked it
answers None and has written nothing, and the caller takes the plain way, which says what is the matter; after that, the
plain `write_outcome` writes what became of it.

All rules are looked at here, by the plain verb's own functions, on rows that were seen without a lock; the functions
compare what they change with what was seen, and write all or nothing.

Refuses: UnacceptableText for text that hides something. Nothing else: a refusal is the plain verb's to say.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts.queries import read_card
from common.actors import Actor
from common.clock import business_date
from common.db import outside_transaction
from common.errors import Refusal
from common.functions import FunctionRefused, call_function, row_from_json, row_json
from common.ids import read_id
from common.money import Money
from events import services as events
from merchants.queries import read_merchant
from payments.card_check import Check, CheckLine, passed, unknown, what_stops
from payments.models import Authorization, Grant, Payment
from payments.queries import snapshot_of
from payments.retries import DAY
from payments.services._checks import look_at_spotless
from payments.services._question import ask_issuer, line_of_use, new_attempt, question_of
from payments.services._reserve_charge import as_asked, refuse_what_cannot_be_charged
from payments.services._settling import change_row, settled_document
from payments.services._telling import told_of
from payments.services.claim_due import lease_from
from payments.services.write_outcome import write_outcome
from payments.states import (
    CaptureMethod,
    GrantKind,
    Initiator,
)
from vault.types import Answer, Authorized, NotFound

if TYPE_CHECKING:
    from accounts.models import Card
    from events.types import Claim

Answering = Callable[[Payment, Mapping[str, Any]], tuple[int, bytes]]
"""How the caller answers with a payment and its snapshot: status and body, as they are kept with the key."""


@dataclass(frozen=True, slots=True)
class Charged:
    """`claim` is somebody else's, or was answered before, if there is no payment. `answer` is empty when it is not kept
    yet: the payment did not go the ordinary way after the issuer was asked, and the caller finishes the key.
    """

    claim: "Claim"
    payment: Payment | None = None
    answer: tuple[int, bytes] | None = None


@outside_transaction
def charge_at_once(  # noqa: PLR0913 (a payment is this many facts, and all are named)
    *,
    key: Mapping[str, Any],
    answering: Answering,
    merchant_id: str,
    grant_id: str,
    amount: Money,
    merchant_reference: str,
    description: str = "",
    items: Sequence[Mapping[str, Any]] = (),
    metadata: Mapping[str, str] | None = None,
    capture_method: str = CaptureMethod.AUTOMATIC,
    by: Actor,
    now: datetime,
) -> Charged | None:
    """`key` is what `events.claim_document` made; the payment's id follows from it."""
    claim = events.read_claim(key)
    seen = _look(grant_id, merchant_id=merchant_id, now=now)
    if seen is None:
        return None
    payment = as_asked(
        seen.grant,
        payment_id=claim.effect_id("pay"),
        amount=amount,
        merchant_reference=merchant_reference,
        description=description,
        items=items,
        metadata=metadata or {},
        capture_method=capture_method,
        now=now,
    )
    payment.merchant = seen.grant.merchant
    lines = _what_was_checked(payment, seen, now=now)
    if lines is None:
        return None
    attempt = _attempt(payment, seen, lines, now=now)
    try:
        whose = events.read_claim(call_function("payments_reserve", _reserving(payment, attempt, seen, key, by, now)))
    except FunctionRefused:
        return None
    if not whose.is_ours:
        return Charged(whose)
    try:
        question = question_of(payment, attempt, series_ref=seen.grant.first_network_reference)
        answer = ask_issuer(question, by=by, now=now)
        return _settle(payment, attempt, claim, answer, answering, by=by, now=now)
    except Exception:
        events.abandon_key(claim)
        raise


@dataclass(frozen=True, slots=True)
class _Seen:
    grant: Grant
    card: "Card"


def _look(grant_id: str, *, merchant_id: str, now: datetime) -> _Seen | None:
    """One trip to the database. None for whatever is not the ordinary case."""
    asked = read_id(grant_id, prefix="grt")
    if asked is None:
        return None
    said = call_function("payments_look_at_charge", {"grant_id": str(asked), "noes_since": (now - DAY).isoformat()})
    if said is None or said["card"] is None or said["has_rules"] or said["has_noes"]:
        return None
    grant = row_from_json(Grant, said["grant"])
    if grant.merchant_id != merchant_id or grant.kind != GrantKind.RECURRING:
        return None
    grant.merchant = read_merchant(said["merchant"])
    return _Seen(grant, read_card(said["card"]))


def _what_was_checked(payment: Payment, seen: _Seen, *, now: datetime) -> list[CheckLine] | None:
    """The card's lines, of which none is a no. None for whatever is not to be charged."""
    with suppress(Refusal):
        refuse_what_cannot_be_charged(payment, seen.grant, now=now)
        lines = look_at_spotless(card=seen.card, amount=payment.amount, now=now)
        return lines if seen.card.is_usable(now=now) and what_stops(lines) is None else None
    return None


def _attempt(payment: Payment, seen: _Seen, lines: Sequence[CheckLine], *, now: datetime) -> Authorization:
    return new_attempt(
        payment,
        card=seen.card,
        grant=seen.grant,
        initiator=Initiator.MERCHANT,
        checks=[
            passed(Check.GRANT),
            passed(Check.GRANT_LIMITS),
            *lines,
            passed(Check.RULES),
            unknown(Check.ISSUER),
        ],
        now=now,
        sent_at=now,
        next_inquiry_at=lease_from(now),
    )


def _reserving(  # noqa: PLR0913, PLR0917 (the parts of one document)
    payment: Payment, attempt: Authorization, seen: _Seen, key: Mapping[str, Any], by: Actor, now: datetime
) -> dict[str, Any]:
    grant, period = seen.grant, seen.grant.period_on(business_date(now))
    snapshot = snapshot_of(payment, attempt=attempt, captures=[])
    return {
        "claim": key,
        "payment": row_json(payment),
        "change": change_row(payment, "charge", old="", by=by, now=now),
        "attempt": row_json(attempt),
        "grant": {
            "id": str(read_id(grant.id, prefix="grt")),
            "version": grant.version,
            "used_minor": grant.used_minor,
            "period_began": grant.period_began and grant.period_began.isoformat(),
            "used_then": grant.used_now(now=now).minor + payment.amount_minor,
            "period_then": period and period.begin.isoformat(),
        },
        "pays": {
            "wallet": str(read_id(grant.wallet_id, prefix="wal")),
            "card": str(read_id(grant.card_id, prefix="card")),
        },
        "noes_since": (now - DAY).isoformat(),
        "records": [events.audit_document(**line_of_use(payment, attempt), by=by, at=now)],
        "events": [events.event_document("payment.created", by=by, at=now, **told_of(payment, snapshot))],
    }


def _settle(  # noqa: PLR0913 (each is a fact of the story)
    payment: Payment,
    attempt: Authorization,
    claim: "Claim",
    answer: Answer | NotFound,
    answering: Answering,
    *,
    by: Actor,
    now: datetime,
) -> Charged:
    if isinstance(answer, Authorized):
        document, said = _settling(payment, attempt, claim, answer, answering, by=by, now=now)
        with suppress(FunctionRefused):
            call_function("payments_settle_outcome", document)
            events.wake_relay()
            return Charged(claim, payment, said)
    settled = write_outcome(authorization_id=attempt.id, answer=answer, by=by, now=now)
    return Charged(claim, settled)


def _settling(  # noqa: PLR0913 (each is a fact of the story)
    payment: Payment,
    attempt: Authorization,
    claim: "Claim",
    answer: Authorized,
    answering: Answering,
    *,
    by: Actor,
    now: datetime,
) -> tuple[dict[str, Any], tuple[int, bytes]]:
    begins_series = payment.grant is not None and not payment.grant.first_network_reference
    document = settled_document(payment, attempt, answer, by=by, now=now)
    said = answering(payment, document["events"][-1]["data"])
    document |= {
        "series": str(read_id(payment.grant_id or "", prefix="grt")) if begins_series else None,
        "finish": events.finish_document(claim, status=said[0], body=said[1], now=now),
    }
    return document, said
