"""Ask the issuer for a promise.

`reference` (`auth_…`) names this attempt for ever: asked again with it, the safe tells what became of the first one and
never sends a second. A token that is not this owner's is answered like one that does not exist (`NotSent`).

`initiator` is customer or merchant; `series_ref` the network's reference of the first payment of a series that this one
continues; `three_ds_ref` names the 3-D Secure result that the safe keeps for this attempt.
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
    initiator: str = "customer",
    series_ref: str = "",
    three_ds_ref: str = "",
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
        initiator=initiator,
        series_ref=series_ref,
        three_ds_ref=three_ds_ref,
        by_ref=by_ref,
        now=now,
    )
    return answer
