"""The last commit of an approval, in one statement: the issuer's promise, and with automatic capture its books too.

For a payment that a card pays alone and that no directory was asked about, as `approve_at_once` has just written it.
`payments_settle_outcome` refuses when the payment moved meanwhile; then, and for any other answer, `write_outcome` says
what became of it. It is the definition of what is right.
"""

from datetime import datetime
from typing import Any

from common.actors import Actor
from common.db import outside_transaction
from common.functions import FunctionRefused, call_function, row_json
from common.ids import new_id
from common.states import next_state
from events import services as events
from ledger import services as ledger
from ledger.states import Reason
from payments.card_check import Check, passed
from payments.items import items_sold
from payments.models import Advice, Authorization, Capture, Payment, PaymentStatusChange
from payments.postings import capture_lines, fee_lines, fee_on
from payments.services._attempt import with_line
from payments.services._telling import told_of
from payments.states import (
    AUTHORIZATION_TRANSITIONS,
    PAYMENT_TRANSITIONS,
    PROMISE_LIFE,
    AdviceKind,
    AuthorizationStatus,
    CaptureMethod,
    PaymentStatus,
)
from vault.types import Authorized


@outside_transaction
def settle_at_once(attempt: Authorization, answer: Authorized, *, by: Actor, now: datetime) -> bool:
    """Whether it was written; then attempt and payment are as they are written."""
    try:
        call_function("payments_settle_outcome", _document(attempt.payment, attempt, answer, by=by, now=now))
    except FunctionRefused:
        return False
    events.wake_relay()
    return True


def know(payment: Payment, **related: list[Any]) -> None:
    """What was just made is not asked for again: the snapshot looks at it as at rows that were prefetched."""
    known = payment.__dict__.setdefault("_prefetched_objects_cache", {})
    known |= related


def _document(
    payment: Payment, attempt: Authorization, answer: Authorized, *, by: Actor, now: datetime
) -> dict[str, Any]:
    attempt.status = next_state(AUTHORIZATION_TRANSITIONS, AuthorizationStatus(attempt.status), "accept")
    attempt.response_code, attempt.approval_code = answer.response_code, answer.approval_code
    attempt.network_reference, attempt.concluded_at, attempt.next_inquiry_at = answer.network_reference, now, None
    attempt.card_check = with_line(attempt, passed(Check.ISSUER))
    seen_version = payment.version
    changes = [_moved(payment, "authorize", by=by, now=now)]
    payment.attempts, payment.capture_before = payment.attempts + 1, now + PROMISE_LIFE
    told = [events.event_document("payment.authorized", by=by, at=now, **told_of(payment, authorization=attempt.id))]
    entries: list[dict[str, Any]] = []
    captures: list[Capture] = []
    if payment.capture_method == CaptureMethod.AUTOMATIC:
        changes.append(_moved(payment, "capture", by=by, now=now))
        payment.amount_captured_minor = payment.amount_minor
        capture, entries = _capture(payment, attempt, by=by, now=now)
        captures = [capture]
        know(payment, captures=captures)
        facts = {
            "capture": capture.id,
            "base_minor": capture.card_part.minor,
            "base_before_minor": 0,
            "currency": payment.currency,
            "points_minor": 0,
            "items": items_sold(payment.items),
        }
        told.append(events.event_document("payment.captured", by=by, at=now, **told_of(payment, **facts)))
    return {
        "seen_version": seen_version,
        "payment": row_json(payment),
        "attempt": row_json(attempt),
        "series": None,
        "changes": [row_json(change) for change in changes],
        "captures": [row_json(capture) for capture in captures],
        "advices": [row_json(_advice(attempt, capture, now=now)) for capture in captures],
        "entries": entries,
        "events": told,
        "finish": None,
    }


def _moved(payment: Payment, verb: str, *, by: Actor, now: datetime) -> PaymentStatusChange:
    old = PaymentStatus(payment.status)
    payment.status = next_state(PAYMENT_TRANSITIONS, old, verb)
    payment.version, payment.updated_at = payment.version + 1, now
    return PaymentStatusChange(
        payment=payment, version=payment.version, old=old, new=payment.status, verb=verb, by=by.ref, at=now
    )


def _capture(
    payment: Payment, attempt: Authorization, *, by: Actor, now: datetime
) -> tuple[Capture, list[dict[str, Any]]]:
    capture_id = new_id("cap")
    fee = fee_on(payment.amount, basis_points=payment.merchant.fee_basis_points)
    lines = {
        Reason.CAPTURE: capture_lines(merchant_id=payment.merchant_id, card_part=payment.card_part),
        Reason.FEE: fee_lines(merchant_id=payment.merchant_id, fee=fee),
    }
    ids = {reason: new_id("ent") for reason, some in lines.items() if some}
    entries = [
        ledger.entry_document(lines=lines[reason], reason=reason, source_ref=capture_id, now=now, entry_id=entry_id)
        for reason, entry_id in ids.items()
    ]
    capture = Capture(
        id=capture_id,
        payment=payment,
        authorization=attempt,
        amount_minor=payment.amount_minor,
        points_minor=payment.points_minor,
        fee_minor=fee.minor,
        currency=payment.currency,
        entry_id=ids[Reason.CAPTURE],
        fee_entry_id=ids.get(Reason.FEE, ""),
        by=by.ref,
        created_at=now,
    )
    return capture, entries


def _advice(attempt: Authorization, capture: Capture, *, now: datetime) -> Advice:
    return Advice(
        authorization=attempt,
        capture=capture,
        kind=AdviceKind.CAPTURE,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        created_at=now,
        next_try_at=now,
    )
