"""The end of an attempt that came to nothing: the customer may try again, or the payment is over."""

from datetime import datetime
from typing import Any

from common.actors import Actor
from common.db import transaction_required
from payments.card_check import Check, CheckLine, as_json, failed, not_checked
from payments.declines import DeclineFacts
from payments.models import Authorization, Payment
from payments.services._telling import tell
from payments.states import MOST_ATTEMPTS
from points import services as points


@transaction_required
def close_attempt(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    attempt: Authorization,
    *,
    why: DeclineFacts,
    verb: str = "decline",
    asked: bool = True,
    counted: bool | None = None,
    by: Actor,
    now: datetime,
    **facts: Any,
) -> None:
    """`asked` says whether the issuer was: one that never left the house uses none up, unless it is `counted`."""
    said = failed(Check.ISSUER, decline_code=why.decline_code, text_key=why.text_key)
    attempt.move(
        verb,
        **{"next_inquiry_at": None, **facts},
        card_check=with_line(attempt, said if asked else not_checked(Check.ISSUER)),
        inquiries=0,
        decline_code=why.decline_code,
        decline_advice=why.advice.value,
        text_key=why.text_key,
        concluded_at=now,
    )
    if payment.points:
        points.release_points(payment_id=payment.id, now=now)
    attempts = payment.attempts + (asked if counted is None else counted)
    # Without an approval nobody is there who could try another card.
    may_try_again = attempt.approval_id is not None and attempts < MOST_ATTEMPTS and now < payment.expires_at
    payment.move("decline" if may_try_again else "decline_for_good", by=by, now=now, attempts=attempts, points_minor=0)
    tell("payment.declined", payment, by=by, now=now, authorization=attempt.id, decline_code=why.decline_code)


def with_line(attempt: Authorization, line: CheckLine) -> list[dict[str, Any]]:
    """The attempt's card check with what is known now."""
    rows = {row["check"]: row for row in [*attempt.card_check, *as_json([line])]}
    return [rows[check] for check in Check if check in rows]
