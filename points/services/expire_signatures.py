"""Proposals that no second person signed within a week end. Safe to run twice. Answers how many ended."""

from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from events import services as events
from points.models import PointsAdjustment, ProgramProposal
from points.models.second_signature import SecondSignature
from points.states import SignatureStatus


def expire_signatures(*, now: datetime) -> int:
    return sum(
        _expire(model, signature_id=signature_id, now=now)
        for model in (PointsAdjustment, ProgramProposal)
        for signature_id in model.objects.filter(status=SignatureStatus.PROPOSED, expires_at__lte=now)
        .order_by("id")
        .values_list("id", flat=True)
    )


@transaction
def _expire(model: type[SecondSignature], *, signature_id: str, now: datetime) -> bool:
    signature = model.locked(signature_id)
    if signature is None or not signature.waits:
        return False  # somebody else was faster
    signature.decide("expire", by=SYSTEM, now=now)
    events.write_audit("points.proposal_expired", subject=signature_id, by=SYSTEM, at=now)
    return True
