"""Let go of a promise before capture (0400). Asked again with the same `advice_ref`, the same message is repeated."""

from datetime import datetime

from common.db import outside_transaction
from vault.services._ask import ask_network
from vault.types import AdviceAnswer


@outside_transaction
def send_void(*, reference: str, advice_ref: str, now: datetime, by_ref: str = "sys") -> AdviceAnswer:
    answer: AdviceAnswer = ask_network("send_void", reference=reference, advice_ref=advice_ref, by_ref=by_ref, now=now)
    return answer
