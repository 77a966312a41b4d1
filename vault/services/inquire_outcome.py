"""What became of an authorization or a refund?

The safe looks into its own record first and asks the network (0600) only when that does not tell. `NotFound` is a
promise: nothing was booked, nothing will be sent under this reference, and a late yes would be reversed.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.services._ask import ask_network
from vault.types import InquiryAnswer


@outside_transaction
def inquire_outcome(*, reference: str, now: datetime) -> InquiryAnswer:
    answer: InquiryAnswer = ask_network("inquire_outcome", reference=reference, now=now)
    return answer
