"""The refusals of this room.

Refusal
├── NotCovered         more than the account has left
├── AccountNotEmpty    a ledger account with a balance or holds is not closed
├── RepeatDiffers      the same reference again, with other contents
└── AlreadyCountered   a mistake is mirrored once
"""

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal
from common.money import Money


class NotCovered(Refusal):
    code, kind = "not_covered", Kind.RULE
    message = _("Only {available} is available.")

    def __init__(self, *, available: Money, asked: Money) -> None:
        super().__init__(available=available, asked=asked)


class RepeatDiffers(Refusal):
    code, kind = "repeat_differs", Kind.STATE
    message = _("This was done before, with other contents.")

    def __init__(self, *, source_ref: str) -> None:
        super().__init__(source_ref=source_ref)


class AlreadyCountered(Refusal):
    code, kind = "already_countered", Kind.STATE
    message = _("This entry was countered before.")

    def __init__(self, *, source_ref: str) -> None:
        super().__init__(source_ref=source_ref)


class AccountNotEmpty(Refusal):
    code, kind = "ledger_account_not_empty", Kind.STATE
    message = _("There is still {balance} in this ledger account, and {held} is held.")

    def __init__(self, *, balance: Money, held: Money) -> None:
        super().__init__(balance=balance, held=held)
