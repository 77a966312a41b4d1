"""Open the question that a customer's passkey answers: this permission, five minutes, three tries.

The customer chooses the card, and may lower the limits and bring the last day forward; what is left out stays as the
shop asked for it. A grant has one open challenge; a newer one voids it, whoever opened it.

Refuses: GrantNotFound, TransitionRefused (not waiting for an answer), GrantRequestExpired, MerchantNotOpen,
CardNotFound, CardFrozen, CardExpired, StoppedByRule (a rule under which no charge would pass),
GrantLimitsNotPossible, GrantDayNotPossible, NoPaymentPasskey, TooManyOffers.
"""

import secrets
from datetime import date, datetime

from accounts import services as accounts
from accounts.queries import card_of, customer_by_id, passkeys_of, wallet_of_customer
from common.db import transaction
from common.ids import new_id
from common.money import Money
from common.states import next_state
from payments.details import GRANT_PREFIX, NONCE_BYTES, challenge_over
from payments.errors import NoPaymentPasskey, TooManyOffers
from payments.models import Challenge, Grant
from payments.models.approval import grant_details_of
from payments.services._grant import lowered, refuse_day, refuse_unless_answerable
from payments.services._may_approve import refuse_unless_usable
from payments.services._rules import refuse_if_never_charged
from payments.services.offer_approval import as_offer
from payments.states import CHALLENGE_LIFE, GRANT_TRANSITIONS, MOST_OFFERS, ApprovalKind, GrantStatus
from payments.types import ApprovalOffer


@transaction
def offer_grant_approval(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    grant_id: str,
    customer_id: str,
    card_id: str,
    limit_per_payment: Money | None = None,
    limit_per_period: Money | None = None,
    until: date | None = None,
    now: datetime,
) -> ApprovalOffer:
    grant = Grant.locked(grant_id)
    refuse_unless_answerable(grant, customer_id=customer_id, now=now)
    next_state(GRANT_TRANSITIONS, GrantStatus(grant.status), "approve")
    customer = customer_by_id(customer_id)
    wallet = accounts.lock_wallet(wallet_of_customer(customer).id)
    card = card_of(customer, card_id)
    refuse_unless_usable(card, now=now)
    refuse_if_never_charged(grant, wallet_id=wallet.id)
    limits = lowered(grant, per_payment=limit_per_payment, per_period=limit_per_period, until=until)
    refuse_day(limits["until"], now=now)
    passkeys = list(passkeys_of(customer))
    if not passkeys:
        raise NoPaymentPasskey
    if Challenge.objects.filter(grant=grant, customer_id=customer_id).count() >= MOST_OFFERS:
        raise TooManyOffers(retry_after_seconds=max(1, int((grant.expires_at - now).total_seconds())))

    Challenge.objects.filter(grant=grant, consumed_at=None, voided_at=None).update(voided_at=now)
    nonce, expires_at = secrets.token_bytes(NONCE_BYTES), min(now + CHALLENGE_LIFE, grant.expires_at)
    details = grant_details_of(
        grant, customer_id=customer_id, card_id=card.id, expires_at=expires_at, **limits
    ).as_members()
    challenge = Challenge.objects.create(
        id=new_id("chl"),
        grant=grant,
        customer_id=customer_id,
        card_id=card.id,
        points_minor=0,
        kind=ApprovalKind.WEBAUTHN,
        nonce=nonce,
        details=details,
        digest=challenge_over(details, nonce=nonce, prefix=GRANT_PREFIX),
        created_at=now,
        expires_at=expires_at,
    )
    return as_offer(challenge, passkeys, now=now)
