from datetime import datetime

from common.db import transaction_required
from common.money import Money
from ledger.errors import AccountNotEmpty
from ledger.models import LedgerAccount
from ledger.queries import posted_balance
from ledger.types import AccountRef


@transaction_required
def close_account(*, account: AccountRef, currency: str, now: datetime) -> None:
    """Nothing can be posted to it any more; it is never deleted. Twice is harmless, and so is an account never opened.

    Refuses AccountNotEmpty while it has a balance or holds.
    """
    named = LedgerAccount.objects.filter(owner_ref=account.owner_ref, kind=account.kind, currency=currency)
    # The full lock waits for transactions that are just posting here: their rows refer to this one.
    row = named.select_for_update().first()
    if row is None or row.closed_at is not None:
        return
    balance = posted_balance(account, currency)
    if balance or row.debits_pending:
        raise AccountNotEmpty(balance=balance, held=Money(row.debits_pending, currency))
    named.update(closed_at=now)
