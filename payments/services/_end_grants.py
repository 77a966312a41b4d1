"""What an answer of the issuer means for the permissions of a customer to a shop."""

from datetime import datetime
from typing import Final

from common.actors import SYSTEM, Actor
from common.db import transaction_required
from payments.models import Authorization, Grant, Payment
from payments.services._grant import tell_grant
from payments.states import GrantEnd, GrantKind, GrantStatus

STOPS_THIS: Final = frozenset({"R0", "R1"})
"""Stop this payment, stop this series."""
STOPS_ALL_OF_SHOP: Final = frozenset({"R3"})
"""Stop all that this shop takes from the cardholder."""
ADVICE_STOPS_THIS: Final = frozenset({"03", "21"})
"""Mastercard: never again, and the recurring payment was cancelled."""


@transaction_required
def begin_series(payment: Payment, attempt: Authorization, *, by: Actor, now: datetime) -> None:
    """The issuer promised a charge: it is the first of its series, and uses a grant for one payment up."""
    grant = payment.grant
    if grant is None:
        return
    if not grant.first_network_reference:
        unnamed = Grant.objects.filter(pk=grant.pk, first_network_reference="")
        unnamed.update(first_network_reference=attempt.network_reference)
    if grant.kind == GrantKind.ONE_TIME:
        grant = Grant.locked(grant.id)
        if grant.is_open:
            grant.move("use_up", why=GrantEnd.USED, by=by, now=now)
            tell_grant("grant.ended", grant, by=by, now=now, why=str(GrantEnd.USED))


@transaction_required
def end_grants_after(payment: Payment, *, response_code: str, advice_code: str | None, now: datetime) -> None:
    """The issuer says that it wants no more of this: the grant behind the payment ends, or all that the customer gave
    to this merchant, whichever card they name. A new approval may open a new one.
    """
    open_ones = Grant.objects.filter(status__in=[GrantStatus.ACTIVE, GrantStatus.PAUSED])
    if response_code in STOPS_ALL_OF_SHOP:
        meant = open_ones.filter(customer_id=payment.customer_id, merchant_id=payment.merchant_id)
    elif response_code in STOPS_THIS or advice_code in ADVICE_STOPS_THIS:
        meant = open_ones.filter(pk=payment.grant_id) if payment.grant_id else Grant.objects.none()
    else:
        return
    for grant_id in meant.order_by("id").values_list("pk", flat=True):
        grant = Grant.locked(grant_id)
        if grant.is_open:
            grant.move("stop", why=GrantEnd.BY_ISSUER, by=SYSTEM, now=now)
            tell_grant("grant.ended", grant, by=SYSTEM, now=now, why=str(GrantEnd.BY_ISSUER), code=response_code)
