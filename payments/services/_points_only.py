"""A payment that points pay alone: nobody has to be asked, so the customer's yes is all of it.

Approved, authorized and, with automatic capture, captured in the one commit that sets the points aside. From there on
it is a payment like any other: captured in parts, released, canceled, refunded, expired; the network hears of nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from common.actors import Actor
from common.db import transaction_required
from common.ids import new_id
from events import services as events
from payments.card_check import CheckLine, as_json
from payments.models import Approval, Authorization, Payment
from payments.services._question import bind, line_of_use
from payments.services._telling import tell
from payments.services.book_capture import book_capture
from payments.states import PROMISE_LIFE, AuthorizationStatus, CaptureMethod

if TYPE_CHECKING:
    from accounts.models import Wallet


@transaction_required
def pay_with_points(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment, *, wallet: "Wallet", approval: Approval, checks: Iterable[CheckLine], by: Actor, now: datetime
) -> None:
    """The caller holds the payment's lock and the wallet's, and has looked at everything that may stand against it."""
    bind(
        payment,
        customer_id=wallet.customer_id,
        wallet_id=wallet.id,
        card=None,
        points_minor=payment.amount_minor,
        by=by,
        now=now,
    )
    attempt = Authorization.objects.create(
        id=new_id("auth"),
        payment=payment,
        approval=approval,
        wallet_id=wallet.id,
        amount_minor=payment.card_part.minor,
        currency=payment.currency,
        status=AuthorizationStatus.AUTHORIZED,
        card_check=as_json(checks),
        begun_at=now,
        concluded_at=now,
    )
    events.write_audit(**line_of_use(payment, attempt), by=by, at=now)
    payment.move("authorize", by=by, now=now, capture_before=now + PROMISE_LIFE)
    tell("payment.authorized", payment, by=by, now=now, authorization=attempt.id)
    if payment.capture_method == CaptureMethod.AUTOMATIC:
        book_capture(payment=payment, attempt=attempt, capture_id=new_id("cap"), by=by, now=now)
