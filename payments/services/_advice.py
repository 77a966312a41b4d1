"""Putting an advice on its way. It is a row: whatever crashes, the relay finds it due."""

from datetime import datetime

from common.db import transaction_required
from payments.models import Advice, Authorization
from payments.states import AdviceKind, AdviceStatus


@transaction_required
def put_advice(attempt: Authorization, kind: AdviceKind, *, now: datetime) -> None:
    """The caller holds the payment's lock, so that there is one due advice of a kind, not two."""
    if not Advice.objects.filter(authorization=attempt, kind=kind, status=AdviceStatus.DUE).exists():
        Advice.objects.create(
            authorization=attempt,
            kind=kind,
            amount_minor=attempt.amount_minor,
            currency=attempt.currency,
            created_at=now,
            next_try_at=now,
        )


def reversal_is_due(attempt: Authorization) -> bool:
    return Advice.objects.filter(authorization=attempt, kind=AdviceKind.REVERSAL, status=AdviceStatus.DUE).exists()


def capture_is_due(authorization_id: str) -> Advice | None:
    due = Advice.objects.filter(authorization_id=authorization_id, kind=AdviceKind.CAPTURE, status=AdviceStatus.DUE)
    return due.first()
