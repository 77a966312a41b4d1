"""Putting an advice on its way. It is a row: whatever crashes, the relay finds it due."""

from datetime import datetime

from common.db import transaction_required
from common.money import Money
from payments.models import Advice, Authorization, Capture
from payments.states import AdviceKind, AdviceStatus


@transaction_required
def put_advice(attempt: Authorization, kind: AdviceKind, *, now: datetime) -> None:
    """A void or a reversal. The caller holds the payment's lock, so that there is one due advice of a kind, not two."""
    if not Advice.objects.filter(authorization=attempt, kind=kind, status=AdviceStatus.DUE).exists():
        _put(attempt, kind, amount=attempt.amount, now=now)


@transaction_required
def put_capture_advice(attempt: Authorization, capture: Capture, *, now: datetime) -> None:
    _put(attempt, AdviceKind.CAPTURE, amount=capture.card_part, capture=capture, now=now)


@transaction_required
def put_release(attempt: Authorization, *, stays: Money, now: datetime) -> None:
    """The network may hear several of these in any order, also before a capture: what stays only ever shrinks."""
    _put(attempt, AdviceKind.RELEASE, amount=stays, now=now)


def _put(
    attempt: Authorization, kind: AdviceKind, *, amount: Money, capture: Capture | None = None, now: datetime
) -> None:
    Advice.objects.create(
        authorization=attempt,
        capture=capture,
        kind=kind,
        amount_minor=amount.minor,
        currency=amount.currency,
        created_at=now,
        next_try_at=now,
    )


def reversal_is_due(attempt: Authorization) -> bool:
    return Advice.objects.filter(authorization=attempt, kind=AdviceKind.REVERSAL, status=AdviceStatus.DUE).exists()
