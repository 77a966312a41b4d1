"""The customer takes a reported problem back, for instance because it arrived after all.

Refuses: DisputeNotFound (also another customer's, or a case of the network), TransitionRefused.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from payments.errors import DisputeNotFound
from payments.models import Dispute
from payments.services._dispute_money import tell_dispute
from payments.states import DisputeOrigin


@transaction
def withdraw_problem(*, dispute_id: str, customer_id: str, by: Actor, now: datetime) -> Dispute:
    dispute, payment = Dispute.locked(dispute_id)
    if dispute.origin != DisputeOrigin.CUSTOMER or not customer_id or payment.customer_id != customer_id:
        raise DisputeNotFound
    dispute.move("close", by=by, now=now, closed_at=now, closed_because="withdrawn", remind_at=None)
    tell_dispute("dispute.closed", dispute, payment, by=by, now=now)
    return dispute
