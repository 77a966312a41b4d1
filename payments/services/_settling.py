"""What the last commit of an ordinary payment writes, in one document for `payments_settle_outcome`: the issuer's
promise, and with automatic capture its books, the advice and what is told.
"""

from datetime import datetime
from typing import Any, Final

from common.actors import Actor
from common.functions import new_row_json, row_json
from common.ids import new_id
from common.states import next_state
from events import services as events
from ledger import services as ledger
from ledger.states import Reason
from payments.card_check import Check, passed
from payments.items import items_sold
from payments.models import Advice, Authorization, Capture, Payment, PaymentStatusChange
from payments.postings import capture_lines, fee_lines, fee_on
from payments.queries import snapshot_of
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

_PAYMENT_CHANGES: Final = (
    "id", "status", "version", "attempts", "capture_before", "amount_captured_minor", "updated_at",
)  # fmt: skip
_ATTEMPT_CHANGES: Final = (
    "id", "status", "response_code", "network_reference", "approval_code", "card_check", "concluded_at",
)  # fmt: skip
"""What `payments_settle_outcome` reads of the two rows that it changes."""


def settled_document(
    payment: Payment, attempt: Authorization, answer: Authorized, *, by: Actor, now: datetime
) -> dict[str, Any]:
    """Payment and attempt are moved as the document says, and nothing is written. `series` and `finish` are left to the
    caller. The last of its events says what the payment is then.
    """
    attempt.status = next_state(AUTHORIZATION_TRANSITIONS, AuthorizationStatus(attempt.status), "accept")
    attempt.response_code, attempt.approval_code = answer.response_code, answer.approval_code
    attempt.network_reference, attempt.concluded_at, attempt.next_inquiry_at = answer.network_reference, now, None
    attempt.card_check = with_line(attempt, passed(Check.ISSUER))
    seen_version = payment.version
    changes = [_moved(payment, "authorize", by=by, now=now)]
    payment.attempts, payment.capture_before = payment.attempts + 1, now + PROMISE_LIFE
    seen = snapshot_of(payment, attempt=attempt, captures=[])
    facts: dict[str, Any] = {"authorization": attempt.id}
    told = [events.event_document("payment.authorized", by=by, at=now, **told_of(payment, seen, **facts))]
    entries: list[dict[str, Any]] = []
    captures: list[Capture] = []
    advices: list[dict[str, Any]] = []
    if payment.capture_method == CaptureMethod.AUTOMATIC:
        changes.append(_moved(payment, "capture", by=by, now=now))
        payment.amount_captured_minor = payment.amount_minor
        capture, entries = _captured(payment, attempt, by=by, now=now)
        captures, advices = [capture], [_advice(attempt, capture, now=now)]
        facts = {
            "capture": capture.id,
            "base_minor": capture.card_part.minor,
            "base_before_minor": 0,
            "currency": payment.currency,
            "points_minor": capture.points_minor,
            "items": items_sold(payment.items),
        }
        seen = snapshot_of(payment, attempt=attempt, captures=captures)
        told.append(events.event_document("payment.captured", by=by, at=now, **told_of(payment, seen, **facts)))
    return {
        "seen_version": seen_version,
        "payment": row_json(payment, _PAYMENT_CHANGES),
        "attempt": row_json(attempt, _ATTEMPT_CHANGES),
        "series": None,
        "changes": changes,
        "captures": [row_json(capture) for capture in captures],
        "advices": advices,
        "entries": entries,
        "events": told,
        "finish": None,
    }


def _moved(payment: Payment, verb: str, *, by: Actor, now: datetime) -> dict[str, Any]:
    old = PaymentStatus(payment.status)
    payment.status = next_state(PAYMENT_TRANSITIONS, old, verb)
    payment.version, payment.updated_at = payment.version + 1, now
    return change_row(payment, verb, old=old, by=by, now=now)


def change_row(payment: Payment, verb: str, *, old: str, by: Actor, now: datetime) -> dict[str, Any]:
    """The row of its history that says where the payment is now."""
    return new_row_json(
        PaymentStatusChange,
        payment_id=payment.id,
        version=payment.version,
        old=old,
        new=payment.status,
        verb=verb,
        by=by.ref,
        at=now,
    )


def _captured(
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


def _advice(attempt: Authorization, capture: Capture, *, now: datetime) -> dict[str, Any]:
    return new_row_json(
        Advice,
        authorization_id=attempt.id,
        capture_id=capture.id,
        kind=AdviceKind.CAPTURE,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        created_at=now,
        next_try_at=now,
    )
