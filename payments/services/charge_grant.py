"""A shop charges within a permission, server to server: made, authorized and captured at once. Two commits:

1. `reserve_charge`: the amount is set aside within the grant's limits, the payment and its attempt are written `sent`;
2. the safe asks the network, while no transaction is open;
3. `write_outcome`: the issuer's answer; with automatic capture, the capture and its books too.

What comes back is the payment as it is then: `captured` or `authorized`, `declined` by the issuer or by the customer's
own rules, or `processing` while nobody knows; until that is known its amount stays set aside. A decline, a void or a
release gives it back, and a grant for one payment is used up by the first promise only.

Asking again with the same `payment_id` gives the first payment back. Where the first run died after its first commit,
the network is asked what became of it, once the time in which the first run could still answer is over.

Refuses: GrantNotFound (another merchant's too), GrantNotApproved, GrantPaused, GrantEnded, GrantExpired, GrantInUse,
GrantLimitExceeded, GrantPeriodLimitExceeded, GrantCardUnusable, ReferenceUsed, RepeatDiffers, MerchantNotOpen,
CurrencyNotAccepted, AmountTooSmall, FactsTooLarge, and UnacceptableText for text that hides something.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from common.actors import Actor
from common.db import outside_transaction
from common.money import Money
from payments.models import Payment
from payments.services._question import ask_issuer
from payments.services._reserve_charge import reserve_charge
from payments.services.resolve_unknown import resolve_unknown
from payments.services.write_outcome import write_outcome
from payments.states import CaptureMethod, PaymentStatus


@outside_transaction
def charge_grant(  # noqa: PLR0913 (a payment is this many facts, and all are named)
    *,
    payment_id: str,
    merchant_id: str,
    grant_id: str,
    amount: Money,
    merchant_reference: str,
    description: str = "",
    items: Sequence[Mapping[str, Any]] = (),
    metadata: Mapping[str, str] | None = None,
    capture_method: str = CaptureMethod.AUTOMATIC,
    by: Actor,
    now: datetime,
) -> Payment:
    reserved = reserve_charge(
        payment_id=payment_id,
        merchant_id=merchant_id,
        grant_id=grant_id,
        amount=amount,
        merchant_reference=merchant_reference,
        description=description,
        items=items,
        metadata=metadata or {},
        capture_method=capture_method,
        by=by,
        now=now,
    )
    if reserved.question is None:
        return _as_it_is(reserved.payment, now=now)
    answer = ask_issuer(reserved.question, by=by, now=now)
    return write_outcome(authorization_id=reserved.question.authorization_id, answer=answer, by=by, now=now)


def _as_it_is(payment: Payment, *, now: datetime) -> Payment:
    attempt = payment.latest_authorization
    left_behind = attempt and attempt.next_inquiry_at and attempt.next_inquiry_at <= now
    if payment.status != PaymentStatus.PROCESSING or attempt is None or not left_behind:
        return payment
    resolve_unknown(authorization_id=attempt.id, now=now)
    return Payment.objects.select_related("merchant", "shop").get(pk=payment.pk)
