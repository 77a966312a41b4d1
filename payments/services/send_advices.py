"""The relay's pump: send the advices that are due, one after the other; returns how many were sent.

A network that does not answer one of them is not asked the next one in the same round: each silence takes the wire's
whole time limit, and mails and webhooks wait behind it. The rest stays due. One whose answer cannot be written down is
logged, comes again when its lease is over, and stops no other one.
"""

import logging
from datetime import datetime

from common.db import outside_transaction
from payments.models import Advice
from payments.services.claim_due import claim_due_advices
from payments.services.send_advice import send_advice
from payments.states import AdviceStatus

logger = logging.getLogger(__name__)


@outside_transaction
def send_advices(now: datetime) -> int:
    claimed = claim_due_advices(now=now)
    for sent, advice_id in enumerate(claimed, start=1):
        try:
            advice = send_advice(advice_id=advice_id, now=now)
        except Exception:
            logger.exception("what the network said to %s could not be written down", advice_id)
            continue
        if advice.status == AdviceStatus.DUE:
            unsent = claimed[sent:]
            Advice.objects.filter(pk__in=unsent, status=AdviceStatus.DUE).update(next_try_at=now)
            return sent
    return len(claimed)
