"""The second person's yes: the dispute is given in to for its shop, in the same commit.

Refuses: SignatureNotFound, SamePersonTwice, SignatureTooLate, SignatureDiffers (also where the dispute has moved since
it was proposed), DisputeDeadlinePassed, TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.second_signature import SignatureDiffers
from events import services as events
from payments.models import Dispute, DisputeAcceptance
from payments.services.accept_dispute import accept_dispute


@transaction
def countersign_acceptance(*, acceptance_id: str, digest: str, by: Actor, now: datetime) -> DisputeAcceptance:
    acceptance = DisputeAcceptance.locked(acceptance_id)
    acceptance.refuse_unless_second_person(digest=digest, by=by, now=now)
    acceptance.decide("countersign", by=by, now=now)
    dispute, _payment = Dispute.locked(acceptance.dispute_id)
    if (dispute.version, dispute.amount) != (acceptance.dispute_version, acceptance.amount):
        raise SignatureDiffers
    accept_dispute(dispute_id=dispute.id, reason=acceptance.reason, by=by, now=now)
    facts = {"dispute": dispute.id, "proposed_by": acceptance.proposed_by, "digest": digest}
    events.write_audit("dispute.acceptance_countersigned", subject=acceptance.id, by=by, at=now, data=facts)
    return acceptance
