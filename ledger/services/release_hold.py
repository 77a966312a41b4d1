from datetime import datetime

from django.db.models import F

from common.db import transaction_required
from ledger.models import Hold, LedgerAccount
from ledger.states import HoldStatus


@transaction_required
def release_hold(*, hold_id: str, now: datetime) -> Hold:
    """Make what was set aside available again. Twice is harmless; a hold that was posted is refused
    (TransitionRefused).
    """
    hold = Hold.locked(hold_id)
    if hold.status == HoldStatus.RELEASED:
        return hold
    hold.move("release", now=now)
    account = LedgerAccount.objects.filter(pk=hold.account_id)
    account.update(debits_pending=F("debits_pending") - hold.amount_minor)
    return hold
