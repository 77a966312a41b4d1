"""Take back a promise whose outcome nobody told us (0420, and 0421 when `repeat`).

It is built from the stored request, since in a time-out there is no answer to build it from. `Refused("25")` means that
the network knows no such original: an inquiry decides. A late approval after an acknowledged reversal is reversed again
by the safe itself.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.services._ask import ask_network
from vault.types import AdviceAnswer


@outside_transaction
def send_reversal(*, reference: str, advice_ref: str, repeat: bool, now: datetime, by_ref: str = "sys") -> AdviceAnswer:
    answer: AdviceAnswer = ask_network(
        "send_reversal", reference=reference, advice_ref=advice_ref, repeat=repeat, by_ref=by_ref, now=now
    )
    return answer
