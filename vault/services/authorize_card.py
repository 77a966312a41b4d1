"""Ask the issuer for a promise.

`reference` (`auth_…`) names this attempt for ever: asked again with it, the safe tells what became of the first one and
never sends a second. A token that is not this owner's is answered like one that does not exist (`NotSent`).
"""

from datetime import datetime

from common.db import outside_transaction
from common.money import Money
from vault.services._ask import ask_network
from vault.types import Answer, MerchantFacts


@outside_transaction
def authorize_card(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    *,
    card_token: str,
    owner_ref: str,
    amount: Money,
    merchant: MerchantFacts,
    reference: str,
    by_ref: str,
    now: datetime,
) -> Answer:
    answer: Answer = ask_network(
        "authorize_card",
        card_token=card_token,
        owner_ref=owner_ref,
        amount=amount,
        merchant=merchant,
        reference=reference,
        by_ref=by_ref,
        now=now,
    )
    return answer
