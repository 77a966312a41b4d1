"""Set an amount aside in a covered account: it stays posted and is no longer available.

The same `source_ref` again with the same account and amount gives the first hold back, whatever became of it since.

Refuses: NotCovered, RepeatDiffers.
"""

from datetime import datetime

from django.db.models import F

from common.db import transaction_required
from common.ids import new_id
from common.insert_once import insert_once
from common.money import Money
from ledger.errors import NotCovered, RepeatDiffers
from ledger.models import Hold, LedgerAccount
from ledger.services.open_accounts import open_accounts
from ledger.types import AccountRef


@transaction_required
def hold_funds(*, account: AccountRef, amount: Money, source_ref: str, now: datetime) -> Hold:
    if not account.kind.chart.covered:
        raise ValueError(f"{account.kind} is not covered: nothing can be held there")
    if amount.minor <= 0:
        raise ValueError(f"a hold is about a positive amount, not {amount}")
    key = (account, amount.currency)
    account_id = open_accounts(keys=[key], now=now)[key]
    hold = Hold(
        id=new_id("hold"),
        account_id=account_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        source_ref=source_ref,
        held_at=now,
    )
    if not insert_once(hold):
        first = Hold.objects.get(source_ref=source_ref)
        if (first.account_id, first.amount) != (account_id, amount):
            raise RepeatDiffers(source_ref=source_ref)
        return first
    row = LedgerAccount.objects.filter(pk=account_id)
    covered = row.filter(credits_posted__gte=F("debits_posted") + F("debits_pending") + amount.minor)
    if covered.update(debits_pending=F("debits_pending") + amount.minor) != 1:
        raise NotCovered(available=row.get().available, asked=amount)
    return hold
