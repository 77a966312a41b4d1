"""A refund failed, so its amount is the merchant's again; what an open dispute claims of it is withheld now.

Safe to hear twice: what is withheld already is not withheld a second time.
"""

from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from payments.models import Payment
from payments.services._dispute_money import charge_fee, tell_dispute, withhold
from payments.states import OPEN_DISPUTES, DisputeStage


@transaction
def withhold_again(*, payment_id: str, now: datetime) -> None:
    payment = Payment.locked(payment_id)
    taken_back = payment.disputes.filter(status__in=OPEN_DISPUTES).exclude(stage=DisputeStage.INQUIRY)
    for dispute in taken_back.order_by("id"):
        if withhold(dispute, payment, now=now):
            charge_fee(dispute, payment, now=now)
            dispute.note(now=now)
            tell_dispute("dispute.updated", dispute, payment, by=SYSTEM, now=now)
