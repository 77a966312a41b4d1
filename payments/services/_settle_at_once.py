"""The last commit of an approval, in one statement: the issuer's promise, and with automatic capture its books too.

For a payment that a card pays alone and that no directory was asked about, as `approve_at_once` has just written it.
`payments_settle_outcome` refuses when the payment moved meanwhile; then, and for any other answer, `write_outcome` says
what became of it. It is the definition of what is right.
"""

from datetime import datetime

from common.actors import Actor
from common.db import outside_transaction
from common.functions import FunctionRefused, call_function
from events import services as events
from payments.models import Authorization
from payments.services._settling import settled_document
from vault.types import Authorized


@outside_transaction
def settle_at_once(attempt: Authorization, answer: Authorized, *, by: Actor, now: datetime) -> bool:
    """Whether it was written; then attempt and payment are as they are written."""
    try:
        call_function("payments_settle_outcome", settled_document(attempt.payment, attempt, answer, by=by, now=now))
    except FunctionRefused:
        return False
    events.wake_relay()
    return True
