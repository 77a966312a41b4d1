"""Ask the card's issuer, by 3-D Secure, whether it is its customer.

`reference` (`ath_…`) names this asking for ever: asked again with it, the safe tells how the first one stands. The
result belongs to one attempt (`attempt_ref`), card and amount. `proof` is how we know the customer ourselves; it helps
the issuer to decide and moves no liability. `Unknown` is a directory that did not answer, or made no sense.
"""

from datetime import datetime

from common.db import outside_transaction
from common.money import Money
from vault.services._ask import ask_network
from vault.types import AuthenticationAnswer, BrowserFacts, MerchantFacts, RequestorProof


@outside_transaction
def authenticate_card(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    *,
    card_token: str,
    owner_ref: str,
    amount: Money,
    merchant: MerchantFacts,
    reference: str,
    attempt_ref: str,
    browser: BrowserFacts,
    proof: RequestorProof | None,
    challenge_mandated: bool,
    results_url: str,
    return_url: str,
    by_ref: str,
    now: datetime,
) -> AuthenticationAnswer:
    answer: AuthenticationAnswer = ask_network(
        "authenticate_card",
        card_token=card_token,
        owner_ref=owner_ref,
        amount=amount,
        merchant=merchant,
        reference=reference,
        attempt_ref=attempt_ref,
        browser=browser,
        proof=proof,
        challenge_mandated=int(challenge_mandated),
        results_url=results_url,
        return_url=return_url,
        by_ref=by_ref,
        now=now,
    )
    return answer
