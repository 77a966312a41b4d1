"""Open a suspended merchant again. Reinstating an open merchant changes nothing.

Refuses: MerchantNotFound, TransitionRefused, UnacceptableText.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.text import clean_line
from events import services as events
from merchants.key_cache import forget_keys_of
from merchants.models import Merchant


@transaction
def reinstate_merchant(*, merchant_id: str, reason: str, by: Actor, now: datetime) -> Merchant:
    merchant = Merchant.locked(merchant_id)
    if merchant.is_open:
        return merchant
    why = clean_line(reason, 200)
    merchant.move("reinstate", reason=why, by=by, now=now)
    forget_keys_of(merchant.id)
    events.record_event(
        "merchant.reinstated", subject=merchant.id, owner_ref=merchant.id, by=by, at=now, data={"merchant": merchant.id}
    )
    events.write_audit("merchant.reinstated", subject=merchant.id, by=by, at=now, data={"reason": why})
    return merchant
