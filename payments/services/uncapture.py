"""The step after the network's no to a capture: our books said more than the network does, and are corrected.

The entries of the capture are countered, its redeemed points go back to the customer, a refund of it that had not left
yet fails. Other captures stand. Where the payment goes depends on them and on what is left of the promise:

- other captures stand: it is `partially_captured`;
- none does, and the promise ended at the issuer (12): `expired`;
- none does, and nothing is left that could be captured: `canceled`, and the promise is given back;
- else `authorized` again, so the shop may capture once more or cancel.

What was refused may be captured another time, with two exceptions. After a promise that ended nothing can. And where
points were part of it, or the shop had given up the rest already, it is released: points that returned may have expired
or be spent by then, so they are not set aside a second time behind the customer's back.
"""

from datetime import datetime
from typing import Final

from common.actors import SYSTEM
from common.db import transaction_required
from ledger import services as ledger
from ledger.states import Reason
from payments.models import Advice, Authorization, Capture, Payment, Refund
from payments.services._advice import put_advice
from payments.services._refund import fail_refund
from payments.services._release import give_back_promise
from payments.services._telling import call_a_person, tell
from payments.states import AdviceKind, RefundStatus
from points import services as points

PROMISE_ENDED: Final = frozenset({"12", "25"})
"""Not possible any more; no such promise."""


@transaction_required
def uncapture(*, payment: Payment, advice: Advice, response_code: str, now: datetime) -> None:
    attempt = Authorization.objects.get(pk=advice.authorization_id)
    waiting = Refund.objects.filter(parts__capture_id=advice.capture_id or "", status=RefundStatus.PENDING)
    for refund in waiting:
        fail_refund(refund, payment, response_code=response_code, decline_code="capture_refused", by=SYSTEM, now=now)
    capture = Capture.objects.get(pk=advice.capture_id or "")
    capture.move("refuse", response_code=response_code, settled_at=now)
    for entry_id in filter(None, (capture.entry_id, capture.fee_entry_id)):
        ledger.counter_entry(entry_id=entry_id, reason=Reason.COUNTER, source_ref=entry_id, now=now)
    if capture.points_minor:
        points.give_back_points(
            payment_id=payment.id, refund_id=capture.id, amounts={capture.id: capture.points}, now=now
        )

    was_released = payment.amount_released_minor
    verb = _take_out(payment, capture, ended=response_code in PROMISE_ENDED, now=now)
    if verb == "expire_uncaptured":
        attempt.move("expire", response_code=response_code)
    elif verb == "cancel_uncaptured":
        attempt.move("void", response_code=response_code)
        put_advice(attempt, AdviceKind.VOID, now=now)
    elif payment.amount_released_minor != was_released and response_code not in PROMISE_ENDED:
        give_back_promise(payment, attempt, now=now)
    tell("payment.capture_refused", payment, by=SYSTEM, now=now, capture=capture.id, response_code=response_code)
    if ended := {"expire_uncaptured": "payment.expired", "cancel_uncaptured": "payment.canceled"}.get(verb):
        tell(ended, payment, by=SYSTEM, now=now)
    call_a_person(payment, about=capture.id, why=f"the network refused a capture: {response_code}", now=now)


def _take_out(payment: Payment, refused: Capture, *, ended: bool, now: datetime) -> str:
    """Count again what is captured and released without this capture; the verb that the payment moved by."""
    standing = Capture.standing(payment)
    captured = sum(one.amount_minor for one in standing)
    spent = sum(one.points_minor for one in standing)
    held = payment.points_minor - spent - refused.points_minor
    given_up = payment.amount_released_minor and not payment.capturable
    released = payment.amount_released_minor + (refused.amount_minor if refused.points_minor or given_up else 0)
    # A promise is left while the card, and not points alone, would pay for what may still be captured.
    if ended or payment.amount_minor - captured - released <= held:
        released = payment.amount_minor - captured
    if captured:
        verb = "uncapture_part"
    elif ended:
        verb = "expire_uncaptured"
    else:
        verb = "uncapture" if released < payment.amount_minor else "cancel_uncaptured"
    over = released + captured == payment.amount_minor
    payment.move(
        verb,
        by=SYSTEM,
        now=now,
        amount_captured_minor=captured,
        amount_released_minor=released,
        points_minor=spent if over else spent + held,
    )
    if over and held:
        points.release_points(payment_id=payment.id, now=now)
    return verb
