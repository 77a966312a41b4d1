"""Let go of the brake.

Refuses: CardNotFound, TransitionRefused.
"""

from datetime import datetime

from accounts.models import Card
from accounts.services._cards import locked_card
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def unfreeze_card(*, card_id: str, by: Actor, now: datetime) -> Card:
    card = locked_card(card_id)
    card.move("unfreeze", by=by, now=now)
    tell("card.unfrozen", subject=card.id, by=by, at=now, facts=card.facts())
    return card
