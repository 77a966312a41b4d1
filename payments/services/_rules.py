"""Holding the customer's own rules against a payment, in the commit that would let it pass."""

from datetime import datetime
from typing import TYPE_CHECKING

from common.db import transaction_required
from payments.card_check import Check, CheckLine, failed, passed
from payments.errors import StoppedByRule
from payments.models import Grant, Payment
from payments.queries.rules import rules_against, rules_against_grant

if TYPE_CHECKING:
    from merchants.models import Merchant


@transaction_required
def check_rules(
    *, payment: Payment, wallet_id: str, merchant: "Merchant", by_grant: bool, now: datetime
) -> list[CheckLine]:
    """One line: it passed, or which rule stands against this payment first.

    The caller holds the wallet's lock (`accounts.lock_wallet`) since before it asked anything about wallet and cards:
    two payments of one wallet are judged one after the other, so together they never pass a limit.
    """
    payment.merchant = merchant
    against = rules_against(payment, wallet_id=wallet_id, by_grant=by_grant, now=now)
    return [failed(Check.RULES, rule=broken.rule.value, **broken.facts) for broken in against[:1]] or [
        passed(Check.RULES)
    ]


@transaction_required
def refuse_if_stopped(payment: Payment, *, wallet_id: str, now: datetime) -> None:
    """For a customer who is present: refuses (StoppedByRule) with the rule and its figures. Locks as above."""
    for broken in rules_against(payment, wallet_id=wallet_id, by_grant=False, now=now):
        raise StoppedByRule(rule=broken.rule, figures=broken.facts)


@transaction_required
def refuse_if_never_charged(grant: Grant, *, wallet_id: str) -> None:
    """The same for a permission that the customer is about to give."""
    for broken in rules_against_grant(grant, wallet_id=wallet_id):
        raise StoppedByRule(rule=broken.rule, figures=broken.facts)
