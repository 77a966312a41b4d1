"""Pass on a result of 3-D Secure (RReq) as it came: the safe decides what it is about, and whether it is believed.

`key` is the end of the address that it came to. Refuses: SafeUnavailable, so that whoever sent it tries again.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.errors import SafeUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask
from vault.types import ResultAnswer


@outside_transaction
def hear_authentication(*, key: str, message: str, now: datetime) -> ResultAnswer:
    try:
        answer: ResultAnswer = ask("hear_authentication", key=key, message=message, now=now)
    except (NothingSent, NoAnswer) as silence:
        raise SafeUnavailable from silence
    return answer
