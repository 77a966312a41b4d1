"""Give money back to the card that paid (0200, processing code 20).

`reference` (`ref_…`) names the refund, `original_reference` the authorization it gives back. `Unknown("pending")` means
that the network took it in but has not finished: `inquire_outcome` tells when.
"""

from datetime import datetime

from common.db import outside_transaction
from common.money import Money
from vault.services._ask import ask_network
from vault.types import Answer, MerchantFacts


@outside_transaction
def refund_card(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    *,
    card_token: str,
    owner_ref: str,
    original_reference: str,
    reference: str,
    amount: Money,
    merchant: MerchantFacts,
    now: datetime,
    by_ref: str = "sys",
) -> Answer:
    answer: Answer = ask_network(
        "refund_card",
        card_token=card_token,
        owner_ref=owner_ref,
        original_reference=original_reference,
        reference=reference,
        amount=amount,
        merchant=merchant,
        by_ref=by_ref,
        now=now,
    )
    return answer
