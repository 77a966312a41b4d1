"""Make a card the one that is offered first.

Refuses: CardNotFound, CardNotUsable (frozen or expired).
"""

from datetime import datetime

from accounts.errors import CardNotUsable
from accounts.models import Card
from accounts.services._cards import locked_card
from common.actors import Actor
from common.db import transaction
from events import services as events


@transaction
def set_default_card(*, card_id: str, by: Actor, now: datetime) -> Card:
    card = locked_card(card_id)
    if card.is_default:
        return card
    if not card.is_usable(now=now):
        raise CardNotUsable
    # The old one first: the table allows one default at a time.
    Card.objects.filter(wallet_id=card.wallet_id, is_default=True).update(is_default=False)
    Card.objects.filter(pk=card.pk).update(is_default=True)
    card.is_default = True
    events.write_audit("card.made_default", subject=card.id, by=by, at=now, data=card.facts())
    return card
