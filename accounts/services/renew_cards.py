"""The issuer has sent a new card: the same number with a new expiry. What was allowed with it stays allowed.

Safe to say twice. A removed card is left alone.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Card
from accounts.services._cards import locked_card
from accounts.states import CardAttention, CardStatus
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def renew_cards(*, card_tokens: Sequence[str], exp_month: int, exp_year: int, by: Actor, now: datetime) -> int:
    """How many cards have another expiry now."""
    known = Card.objects.filter(card_token__in=list(card_tokens)).exclude(status=CardStatus.REMOVED)
    return sum(_renew(card_id, exp_month, exp_year, by=by, now=now) for card_id in known.values_list("pk", flat=True))


def _renew(card_id: str, exp_month: int, exp_year: int, *, by: Actor, now: datetime) -> bool:
    card = locked_card(card_id)
    if (card.exp_month, card.exp_year) == (exp_month, exp_year):
        return False
    # What was declined for old details may be tried again with the new ones.
    attention = "" if card.attention == CardAttention.NEW_DATA else card.attention
    Card.objects.filter(pk=card.pk).update(
        exp_month=exp_month, exp_year=exp_year, data_changed_at=now, attention=attention
    )
    facts = {**card.facts(), "expiry": f"{exp_year}-{exp_month:02}"}
    tell("card.renewed", subject=card.id, by=by, at=now, facts=facts)
    return True
