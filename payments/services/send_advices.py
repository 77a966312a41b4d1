"""The relay's pump: send every advice that is due, one after the other; returns how many were sent."""

from datetime import datetime

from common.db import outside_transaction
from payments.services.claim_due import claim_due_advices
from payments.services.send_advice import send_advice


@outside_transaction
def send_advices(now: datetime) -> int:
    claimed = claim_due_advices(now=now)
    for advice_id in claimed:
        send_advice(advice_id=advice_id, now=now)
    return len(claimed)
