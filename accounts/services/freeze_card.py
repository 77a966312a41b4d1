"""Pull the brake on a card: nothing new is authorized with it until it is unfrozen. What was authorized stays so.

Refuses: CardNotFound, TransitionRefused.
"""

from datetime import datetime

from accounts.models import Card
from accounts.services._cards import locked_card
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def freeze_card(*, card_id: str, reason: str, by: Actor, now: datetime) -> Card:
    card = locked_card(card_id)
    card.move("freeze", reason=reason, by=by, now=now)
    tell("card.frozen", subject=card.id, by=by, at=now, facts={**card.facts(), "reason": reason})
    return card
