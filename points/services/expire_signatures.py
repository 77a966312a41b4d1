"""Proposals that no second person signed within a week end. Safe to run twice. Answers how many ended."""

from datetime import datetime
from typing import Final

from common.actors import SYSTEM
from common.db import transaction
from common.second_signature import SecondSignature
from events import services as events
from points.models import ConversionsProposal, PointsAdjustment, ProgramProposal

_KINDS: Final[tuple[type[SecondSignature], ...]] = (PointsAdjustment, ProgramProposal, ConversionsProposal)


def expire_signatures(*, now: datetime) -> int:
    return sum(
        _expire(kind, signature_id=signature_id, now=now) for kind in _KINDS for signature_id in kind.overdue(now=now)
    )


@transaction
def _expire(kind: type[SecondSignature], *, signature_id: str, now: datetime) -> bool:
    signature = kind.locked(signature_id)
    if not signature.waits:
        return False  # somebody else was faster
    signature.decide("expire", by=SYSTEM, now=now)
    events.write_audit("points.proposal_expired", subject=signature_id, by=SYSTEM, at=now)
    return True
