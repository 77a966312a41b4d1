"""Put a card into the wallet.

Three short steps: the try is written down and counted, the safe is asked outside any transaction (it opens the sealed
card and has the issuer verify it), the outcome is written. A crash in between leaves a try without outcome, which
counts against the customer only for a few minutes. The same card again gives the card that is already there.

Refuses: UnacceptableText, CardTriesUsedUp, CardNotAccepted (whatever the issuer's reason), CardCheckUnanswered,
CardBeingForgotten, and what the safe refuses about the intake (expired, unreadable, a number that is none).
"""

from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from django.db.models import Q

from accounts.errors import CardBeingForgotten, CardCheckUnanswered, CardNotAccepted, CardTriesUsedUp, CustomerNotFound
from accounts.models import Card, CardTry, Customer, Wallet
from accounts.states import CardAttention, CardStatus, TryOutcome
from accounts.telling import tell
from common.actors import Actor
from common.db import outside_transaction, transaction
from common.errors import Refusal
from common.text import clean_line
from vault import services as vault
from vault.types import CardDeclined, StoredCard, Unknown

FAILURES_A_DAY: Final = 5
_DAY: Final = timedelta(days=1)
_STILL_ASKING: Final = timedelta(minutes=2)


@outside_transaction
def add_card(  # noqa: PLR0913 (each is a fact of the intake, and all are named)
    *, customer_id: str, intake_id: str, session_ref: str, sealed: bytes, nickname: str, by: Actor, now: datetime
) -> Card:
    """`intake_id` and `session_ref` are those of the intake that the page was given; `sealed` is what the page made."""
    nickname = clean_line(nickname, 40, may_be_empty=True)
    card_try, wallet_id = _write_the_try(customer_id=customer_id, now=now)
    try:
        answer = vault.store_card(
            intake_id=intake_id,
            customer_ref=wallet_id,
            session_ref=session_ref,
            sealed=sealed,
            now=now,
            by_ref=by.ref,
        )
    except Refusal:
        # The safe refused what it was given; nobody asked the issuer, so nothing was learned about any card.
        _close(card_try, TryOutcome.UNANSWERED)
        raise
    match answer:
        case StoredCard():
            return _write_the_card(card_try=card_try, stored=answer, nickname=nickname, by=by, now=now)
        case CardDeclined():
            _close(card_try, TryOutcome.NOT_ACCEPTED)
            raise CardNotAccepted
        case Unknown():
            _close(card_try, TryOutcome.UNANSWERED)
            raise CardCheckUnanswered
        case _:
            assert_never(answer)


@transaction
def _write_the_try(*, customer_id: str, now: datetime) -> tuple[CardTry, str]:
    # The customer's row is the lock: many tries at once are counted one after the other.
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise CustomerNotFound
    counted = list(
        CardTry.objects.filter(customer=customer, at__gt=now - _DAY)
        .filter(Q(outcome=TryOutcome.NOT_ACCEPTED) | Q(outcome=TryOutcome.ASKED, at__gt=now - _STILL_ASKING))
        .order_by("at")
        .values_list("at", flat=True)
    )
    if len(counted) >= FAILURES_A_DAY:
        until = counted[-FAILURES_A_DAY] + _DAY
        raise CardTriesUsedUp(retry_after_seconds=max(1, int((until - now).total_seconds())))
    return CardTry.objects.create(customer=customer, at=now), customer.wallet.id


def _close(card_try: CardTry, outcome: TryOutcome) -> None:
    CardTry.objects.filter(pk=card_try.pk).update(outcome=outcome)


@transaction
def _write_the_card(*, card_try: CardTry, stored: StoredCard, nickname: str, by: Actor, now: datetime) -> Card:
    _close(card_try, TryOutcome.ACCEPTED)
    wallet = Wallet.objects.select_for_update(no_key=True).get(customer_id=card_try.customer_id)
    if earlier := _already_there(wallet=wallet, stored=stored, now=now):
        return earlier
    _keep_from_being_forgotten(wallet=wallet, card_token=stored.card_token)

    card = Card.objects.create(
        wallet=wallet,
        card_token=stored.card_token,
        brand=stored.brand,
        last4=stored.last4,
        exp_month=stored.exp_month,
        exp_year=stored.exp_year,
        nickname=nickname,
        is_default=not wallet.cards.filter(is_default=True).exists(),
        added_at=now,
        **_as_verified(stored, now=now),
    )
    tell("card.added", subject=card.id, by=by, at=now, facts=card.facts())
    return card


def _already_there(*, wallet: Wallet, stored: StoredCard, now: datetime) -> Card | None:
    """The issuer has vouched for it again, perhaps with a new date: whatever it needed, it has now."""
    card = wallet.cards.filter(card_token=stored.card_token).exclude(status=CardStatus.REMOVED).first()
    if card:
        facts = {**_as_verified(stored, now=now), "exp_month": stored.exp_month, "exp_year": stored.exp_year}
        Card.objects.filter(pk=card.pk).update(**facts, attention=CardAttention.NONE)
        card.refresh_from_db()
    return card


def _as_verified(stored: StoredCard, *, now: datetime) -> dict[str, Any]:
    return {"verified_at": now, "security_code": stored.security_code, "data_changed_at": now}


def _keep_from_being_forgotten(*, wallet: Wallet, card_token: str) -> None:
    """A card that was removed and comes back under the same token must stay in the safe."""
    removed = wallet.cards.select_for_update(no_key=True).filter(card_token=card_token).order_by("id")
    for card in removed:
        if card.forgotten_at is not None or card.forgetting_began_at is not None:
            raise CardBeingForgotten
    removed.update(forget_from=None)
