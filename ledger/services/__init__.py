from ledger.services.check_books import check_books
from ledger.services.close_account import close_account
from ledger.services.counter_entry import counter_entry
from ledger.services.hold_funds import hold_funds
from ledger.services.open_accounts import open_accounts
from ledger.services.post_entry import post_entry
from ledger.services.post_entry_at_once import entry_document, post_entry_at_once
from ledger.services.post_hold import post_hold
from ledger.services.post_sums import post_sums, sums_frame
from ledger.services.release_hold import release_hold
from ledger.services.roll_up import roll_up

__all__ = [
    "check_books",
    "close_account",
    "counter_entry",
    "entry_document",
    "hold_funds",
    "open_accounts",
    "post_entry",
    "post_entry_at_once",
    "post_hold",
    "post_sums",
    "release_hold",
    "roll_up",
    "sums_frame",
]
