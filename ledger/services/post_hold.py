"""Turn a hold into an entry: what was set aside goes to `credit`.

The same again gives the first entry back. Refuses: TransitionRefused when the hold was released, RepeatDiffers.
"""

from datetime import datetime

from django.db.models import F

from common.db import transaction_required
from common.states import next_state
from ledger.errors import RepeatDiffers
from ledger.models import Entry, Hold, LedgerAccount
from ledger.services.post_entry import post_entry
from ledger.states import HOLD_TRANSITIONS, HoldStatus, Reason
from ledger.types import AccountRef, Line


@transaction_required
def post_hold(*, hold_id: str, credit: AccountRef, reason: Reason, source_ref: str, now: datetime) -> Entry:
    hold = Hold.locked(hold_id)
    line = Line(debit=hold.account.ref, credit=credit, amount=hold.amount)
    if hold.entry is not None:
        return _the_same(hold.entry, line=line, reason=reason, source_ref=source_ref)
    next_state(HOLD_TRANSITIONS, HoldStatus(hold.status), "post")
    account = LedgerAccount.objects.filter(pk=hold.account_id)
    # The amount stays covered between these two statements: nobody else can move the row while we hold its lock.
    account.update(debits_pending=F("debits_pending") - hold.amount_minor)
    entry = post_entry(lines=[line], reason=reason, source_ref=source_ref, now=now)
    hold.move("post", entry=entry, now=now)
    return entry


def _the_same(entry: Entry, *, line: Line, reason: Reason, source_ref: str) -> Entry:
    if (entry.reason, entry.source_ref, entry.lines) != (reason, source_ref, [line]):
        raise RepeatDiffers(source_ref=source_ref)
    return entry
