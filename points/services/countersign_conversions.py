"""The second person's yes: the merchant may have its old points taken over, within exactly these limits.

Refuses: SignatureNotFound, SamePersonTwice, SignatureTooLate, SignatureDiffers, ConversionsChangedMeanwhile (somebody
pulled the brake, or other limits were agreed on, since it was proposed), TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from points.errors import ConversionsChangedMeanwhile
from points.models import ConversionPermit, ConversionsProposal
from points.services.allow_conversions import allow_conversions


@transaction
def countersign_conversions(*, proposal_id: str, digest: str, by: Actor, now: datetime) -> ConversionsProposal:
    proposal = ConversionsProposal.locked(proposal_id)
    proposal.refuse_unless_second_person(digest=digest, by=by, now=now)
    proposal.decide("countersign", by=by, now=now)
    permit = ConversionPermit.locked(proposal.merchant_id)
    if permit is not None and permit.changed_at > proposal.proposed_at:
        raise ConversionsChangedMeanwhile
    allow_conversions(
        merchant_id=proposal.merchant_id,
        most_each=proposal.most_each,
        most_per_month=proposal.most_per_month,
        reason=proposal.reason,
        by=by,
        now=now,
    )
    facts = {"merchant": proposal.merchant_id, "proposed_by": proposal.proposed_by, "digest": digest}
    events.write_audit("points_conversion.countersigned", subject=proposal.id, by=by, at=now, data=facts)
    return proposal
