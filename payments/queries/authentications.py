"""Questions about 3-D Secure."""

from dataclasses import dataclass
from datetime import datetime

from payments.details import origin_of
from payments.models import Authentication, Payment
from payments.states import AuthenticationStatus
from payments.three_ds import challenge_request

WAITING = (AuthenticationStatus.CHALLENGED, AuthenticationStatus.AWAITED)


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """What the page needs that sends a customer to their card company. `url` is empty when it asks in its own way."""

    url: str
    origin: str
    creq: str
    expires_at: datetime | None


def challenge_of(payment: Payment) -> ChallengeView | None:
    """The challenge that this payment waits for, if it does."""
    waiting = Authentication.objects.filter(payment=payment, status__in=WAITING).first()
    if waiting is None:
        return None
    creq = challenge_request(
        server_trans_id=waiting.server_trans_id, acs_trans_id=waiting.acs_trans_id, version=waiting.version
    )
    return ChallengeView(
        url=waiting.challenge_url, origin=origin_of(waiting.challenge_url), creq=creq, expires_at=waiting.expires_at
    )


def payment_of_authentication(authentication_id: str) -> str | None:
    """The payment that a browser comes back to; None for what is no authentication of ours."""
    return Authentication.objects.filter(pk=authentication_id).values_list("payment_id", flat=True).first()
