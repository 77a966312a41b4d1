"""Let go of the part of a promise that nobody will take (0400 with replacement amounts in field 95).

`stays` is what is still wanted of it in all, captures included; less than was captured is refused (12). Asked again
with the same `advice_ref`, the same message is repeated. Several releases of one promise may arrive in any order: the
smallest `stays` counts.
"""

from datetime import datetime

from common.db import outside_transaction
from common.money import Money
from vault.services._ask import ask_network
from vault.types import AdviceAnswer


@outside_transaction
def send_release(*, reference: str, advice_ref: str, stays: Money, now: datetime, by_ref: str = "sys") -> AdviceAnswer:
    answer: AdviceAnswer = ask_network(
        "send_release", reference=reference, advice_ref=advice_ref, stays=stays, by_ref=by_ref, now=now
    )
    return answer
