"""No new payments from now on; every process has heard of it within five seconds.

Captures, refunds and reading go on: customers need them. Suspending a suspended merchant changes nothing.

Refuses: MerchantNotFound, TransitionRefused, UnacceptableText.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.text import clean_line
from events import services as events
from merchants.key_cache import forget_keys_of
from merchants.models import Merchant
from merchants.states import MerchantStatus


@transaction
def suspend_merchant(*, merchant_id: str, reason: str, by: Actor, now: datetime) -> Merchant:
    merchant = Merchant.locked(merchant_id)
    if merchant.status == MerchantStatus.SUSPENDED:
        return merchant
    why = clean_line(reason, 200)
    merchant.move("suspend", reason=why, by=by, now=now)
    forget_keys_of(merchant.id)
    events.record_event(
        "merchant.suspended", subject=merchant.id, owner_ref=merchant.id, by=by, at=now, data={"merchant": merchant.id}
    )
    events.write_audit("merchant.suspended", subject=merchant.id, by=by, at=now, data={"reason": why})
    return merchant
