"""Give a card a nickname that its owner recognises, or take it away with an empty one.

Refuses: CardNotFound, UnacceptableText.
"""

from datetime import datetime

from accounts.models import Card
from accounts.services._cards import locked_card
from common.actors import Actor
from common.db import transaction
from common.text import clean_line
from events import services as events


@transaction
def rename_card(*, card_id: str, nickname: str, by: Actor, now: datetime) -> Card:
    card = locked_card(card_id)
    card.nickname = clean_line(nickname, 40, may_be_empty=True)
    Card.objects.filter(pk=card.pk).update(nickname=card.nickname)
    events.write_audit("card.renamed", subject=card.id, by=by, at=now)
    return card
