"""The contract ends: nothing is sold any more, and the row stays for the books.

Captures, refunds and reading go on, as for a suspended merchant: customers need them. Points that it gave stay what
they are; the room of points hears `merchant.left` and sets aside what they cost. Letting go who left changes nothing.
The step behind the second signature (`countersign_departure`), and for programs of our own; never for a page.

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
def let_merchant_leave(*, merchant_id: str, reason: str, by: Actor, now: datetime) -> Merchant:
    merchant = Merchant.locked(merchant_id)
    if merchant.status == MerchantStatus.LEFT:
        return merchant
    why = clean_line(reason, 200)
    merchant.move("leave", reason=why, by=by, now=now)
    forget_keys_of(merchant.id)
    events.record_event(
        "merchant.left", subject=merchant.id, owner_ref=merchant.id, by=by, at=now, data={"merchant": merchant.id}
    )
    events.write_audit("merchant.left", subject=merchant.id, by=by, at=now, data={"reason": why})
    return merchant
