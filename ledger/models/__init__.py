from ledger.models.account import BalanceRollup, LedgerAccount
from ledger.models.entry import Entry, Posting
from ledger.models.hold import Hold

__all__ = ["BalanceRollup", "Entry", "Hold", "LedgerAccount", "Posting"]
