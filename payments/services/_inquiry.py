"""Asking the network what became of an authorization, and what its answer means for us."""

from datetime import datetime

from common.db import outside_transaction
from payments.declines import is_no_outcome
from vault import services as vault
from vault.types import Answer, Declined, Found, NotFound, NotSent, Unknown


@outside_transaction
def ask_what_became_of(authorization_id: str, *, now: datetime) -> Answer | NotFound:
    """What was undone already is as good as never there. NotSent says that nobody could be asked."""
    match vault.inquire_outcome(reference=authorization_id, now=now):
        case Found(reversed=True):
            return NotFound()
        case Found(answer=Declined(response_code=code)) if is_no_outcome(code):
            return Unknown(why=f"the network still answers {code}")
        case Found(answer=answer):
            return answer
        case NotFound() | Unknown() | NotSent() as answer:
            return answer
