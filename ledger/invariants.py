"""What must hold at any time in this room."""

from ledger.services import check_books

INVARIANTS = [check_books]
