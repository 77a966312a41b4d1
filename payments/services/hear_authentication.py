"""A result of 3-D Secure came to our address for it (RReq). The safe says what it is about and whether it is believed;
what follows is written here, and the answer goes back at once. The issuer is asked for the money afterwards: by the
browser that comes back, or by the janitor a moment later.

`key` is the end of the address. Refuses: SafeUnavailable.
"""

from datetime import datetime

from common.actors import SYSTEM
from common.db import outside_transaction, transaction
from payments.models import Authentication
from payments.services._authentication import take_answer
from payments.services.continue_payment import locked
from payments.states import AuthenticationStatus
from vault import services as vault
from vault.types import AuthenticationAnswer, ResultUnknown, ThreeDSecure


@outside_transaction
def hear_authentication(*, key: str, message: str, now: datetime) -> tuple[bool, str]:
    """Whether anybody waited for it, and the message that its sender is answered with, in JSON."""
    heard = vault.hear_authentication(key=key, message=message, now=now)
    if isinstance(heard, ResultUnknown):
        return False, heard.answer
    answer = vault.inquire_authentication(reference=heard.reference, now=now)
    # Should nothing be known at this moment, it is read again when the browser comes back, or at the time limit.
    if isinstance(answer, ThreeDSecure) and Authentication.objects.filter(pk=heard.reference).exists():
        _write(heard.reference, answer, now=now)
    return True, heard.answer


@transaction
def _write(reference: str, answer: AuthenticationAnswer, *, now: datetime) -> None:
    payment, authentication = locked(reference)
    if authentication.status in {AuthenticationStatus.CHALLENGED, AuthenticationStatus.AWAITED}:
        take_answer(payment, authentication, answer, by=SYSTEM, now=now)
