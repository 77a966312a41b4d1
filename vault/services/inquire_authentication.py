"""How does a run of 3-D Secure stand? From the safe's own record: `Unknown` when there is no answer and none
will come, `NotSent` when the safe cannot be reached.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.services._ask import ask_network
from vault.types import AuthenticationAnswer


@outside_transaction
def inquire_authentication(*, reference: str, now: datetime) -> AuthenticationAnswer:
    answer: AuthenticationAnswer = ask_network("inquire_authentication", reference=reference, now=now)
    return answer
