"""The step after the network's no to a capture: our books said more than the network does, and are corrected.

The entries of the capture are countered, redeemed points go back to the customer, a refund that had not left yet fails.
Where the payment goes depends on what is left of the promise:

- it ended at the issuer (12): the payment is `expired`;
- it stands, and no points were part of it: `authorized` again, so the shop may capture once more or cancel;
- it stands, but points were redeemed: `canceled`, and the promise is given back. Points that returned may have expired
  or be spent by then, so they are not set aside a second time behind the customer's back.
"""

from datetime import datetime
from typing import Final

from common.actors import SYSTEM
from common.db import transaction_required
from ledger import services as ledger
from ledger.states import Reason
from payments.models import Advice, Authorization, Capture, Payment
from payments.services._advice import put_advice
from payments.services._refund import fail_refund
from payments.services._telling import call_a_person, tell
from payments.states import AdviceKind, CaptureStatus, RefundStatus
from points import services as points

PROMISE_ENDED: Final = frozenset({"12", "25"})
"""Not possible any more; no such promise."""


@transaction_required
def uncapture(*, payment: Payment, advice: Advice, response_code: str, now: datetime) -> None:
    attempt = Authorization.objects.get(pk=advice.authorization_id)
    capture = Capture.objects.get(authorization=attempt, status=CaptureStatus.BOOKED)
    for refund in capture.refunds.filter(status=RefundStatus.PENDING):
        fail_refund(refund, payment, response_code=response_code, decline_code="capture_refused", by=SYSTEM, now=now)
    capture.move("refuse", response_code=response_code, settled_at=now)
    for entry_id in filter(None, (capture.entry_id, capture.fee_entry_id)):
        ledger.counter_entry(entry_id=entry_id, reason=Reason.COUNTER, source_ref=entry_id, now=now)
    if capture.points_minor:
        points.give_back_points(payment_id=payment.id, refund_id=capture.id, now=now)

    verb = _verb(response_code, capture)
    payment.move(verb, by=SYSTEM, now=now, amount_captured_minor=0, points_minor=0)
    if verb == "expire_uncaptured":
        attempt.move("expire", response_code=response_code)
    elif verb == "cancel_uncaptured":
        attempt.move("void", response_code=response_code)
        put_advice(attempt, AdviceKind.VOID, now=now)
    tell("payment.capture_refused", payment, by=SYSTEM, now=now, capture=capture.id, response_code=response_code)
    if verb != "uncapture":
        ended = "payment.expired" if verb == "expire_uncaptured" else "payment.canceled"
        tell(ended, payment, by=SYSTEM, now=now)
    call_a_person(payment, about=capture.id, why=f"the network refused a capture: {response_code}", now=now)


def _verb(response_code: str, capture: Capture) -> str:
    if response_code in PROMISE_ENDED:
        return "expire_uncaptured"
    return "cancel_uncaptured" if capture.points_minor else "uncapture"
