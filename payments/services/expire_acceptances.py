"""Givings in that no second person signed within a week end. Safe to run twice. Answers how many ended."""

from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from events import services as events
from payments.models import DisputeAcceptance


def expire_acceptances(*, now: datetime) -> int:
    return sum(_expire(acceptance_id=acceptance_id, now=now) for acceptance_id in DisputeAcceptance.overdue(now=now))


@transaction
def _expire(*, acceptance_id: str, now: datetime) -> bool:
    acceptance = DisputeAcceptance.locked(acceptance_id)
    if not acceptance.waits:
        return False  # somebody else was faster
    acceptance.decide("expire", by=SYSTEM, now=now)
    events.write_audit("dispute.acceptance_expired", subject=acceptance_id, by=SYSTEM, at=now)
    return True
