"""The second person's yes: the merchant leaves, in the same commit.

Refuses: SignatureNotFound, SamePersonTwice, SignatureTooLate, SignatureDiffers, TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.models import Departure
from merchants.services.let_merchant_leave import let_merchant_leave


@transaction
def countersign_departure(*, departure_id: str, digest: str, by: Actor, now: datetime) -> Departure:
    departure = Departure.locked(departure_id)
    departure.refuse_unless_second_person(digest=digest, by=by, now=now)
    departure.decide("countersign", by=by, now=now)
    let_merchant_leave(merchant_id=departure.merchant_id, reason=departure.reason, by=by, now=now)
    facts = {"merchant": departure.merchant_id, "proposed_by": departure.proposed_by, "digest": digest}
    events.write_audit("merchant.departure_countersigned", subject=departure.id, by=by, at=now, data=facts)
    return departure
