"""The shop gave the money back: what the customer had reported is settled. Safe to hear twice."""

from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from payments.models import Payment
from payments.services._dispute_money import card_part_left, tell_dispute
from payments.states import OPEN_DISPUTES, DisputeOrigin


@transaction
def close_refunded_case(*, payment_id: str, now: datetime) -> None:
    payment = Payment.locked(payment_id)
    if card_part_left(payment):
        return
    for own in payment.disputes.filter(origin=DisputeOrigin.CUSTOMER, status__in=OPEN_DISPUTES):
        own.move("close", by=SYSTEM, now=now, closed_at=now, closed_because="refunded", remind_at=None)
        tell_dispute("dispute.closed", own, payment, by=SYSTEM, now=now)
