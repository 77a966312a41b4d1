"""Ask for a merchant's contract to end, and say why. Nothing happens until a second person countersigns it.

`name_typed` is the merchant's display name as somebody wrote it by hand, to end no other contract than the one they
mean. The same id again answers the first proposal.

Refuses: MerchantNotFound, NameDiffers, DepartureWaits (proposed already), TransitionRefused (nobody can leave who never
came, or has left), UnacceptableText, and the same id with other parameters (SignatureDiffers).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.states import next_state
from common.text import clean_line
from events import services as events
from merchants.errors import DepartureWaits, NameDiffers
from merchants.models import Departure, Merchant
from merchants.services.expire_departures import expire_departures
from merchants.states import TRANSITIONS, MerchantStatus


@transaction
def propose_departure(  # noqa: PLR0913 (who leaves, typed twice, why, and who says so)
    *, departure_id: str, merchant_id: str, name_typed: str, reason: str, by: Actor, now: datetime
) -> Departure:
    # What nobody signed in time is over, though no timer has come by yet; such a row is locked before its merchant.
    expire_departures(now=now)
    merchant = Merchant.locked(merchant_id)
    why = clean_line(reason, 200)
    if " ".join(name_typed.split()) != merchant.display_name:
        raise NameDiffers
    next_state(TRANSITIONS, MerchantStatus(merchant.status), "leave")
    if Departure.waiting().filter(merchant=merchant).exclude(pk=departure_id).exists():
        raise DepartureWaits
    asked = Departure(id=departure_id, merchant=merchant, reason=why)
    if earlier := asked.propose(by=by, now=now):
        return earlier
    facts = {"merchant": merchant.id, "reason": why, "digest": asked.digest}
    events.write_audit("merchant.departure_proposed", subject=asked.id, by=by, at=now, data=facts)
    return asked
