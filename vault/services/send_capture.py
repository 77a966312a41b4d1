"""Tell the network that the shop takes what was promised, or a part of it (0220, and 0221 when asked again).

`reference` is the authorization's, `advice_ref` names this advice, of which there may be several. Asked again with it,
the very same message is repeated until it is answered, and an answered one is not sent again.
"""

from datetime import datetime

from common.db import outside_transaction
from common.money import Money
from vault.services._ask import ask_network
from vault.types import AdviceAnswer


@outside_transaction
def send_capture(*, reference: str, advice_ref: str, amount: Money, now: datetime, by_ref: str = "sys") -> AdviceAnswer:
    answer: AdviceAnswer = ask_network(
        "send_capture", reference=reference, advice_ref=advice_ref, amount=amount, by_ref=by_ref, now=now
    )
    return answer
