"""Ask for a dispute to be given in to in its shop's name, and say why. The money stays until a second person says yes.

The same id again answers the first proposal. The shop may answer or give in itself meanwhile: then nothing is signed.

Refuses: DisputeNotFound, InquiryHasNothingToAccept, DisputeDeadlinePassed, TransitionRefused, UnacceptableText, and the
same id with other parameters (SignatureDiffers).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.second_signature import MOST_REASON
from common.states import next_state
from common.text import clean_line
from events import services as events
from payments.models import Dispute, DisputeAcceptance
from payments.states import DISPUTE_TRANSITIONS, DisputeStatus


@transaction
def propose_acceptance(
    *, acceptance_id: str, dispute_id: str, reason: str, by: Actor, now: datetime
) -> DisputeAcceptance:
    dispute, _payment = Dispute.locked(dispute_id)
    why = clean_line(reason, MOST_REASON)
    dispute.refuse_unless_acceptable(now=now)
    next_state(DISPUTE_TRANSITIONS, DisputeStatus(dispute.status), "accept")
    asked = DisputeAcceptance(
        id=acceptance_id,
        dispute=dispute,
        dispute_version=dispute.version,
        amount_minor=dispute.amount.minor,
        currency=dispute.amount.currency,
        reason=why,
    )
    if earlier := asked.propose(by=by, now=now):
        return earlier
    facts = {"dispute": dispute.id, "amount_minor": asked.amount_minor, "reason": why, "digest": asked.digest}
    events.write_audit("dispute.acceptance_proposed", subject=asked.id, by=by, at=now, data=facts)
    return asked
