"""Take a card out of the wallet for good. The safe is told to forget the number; see forget_removed_cards.

When it was the default, the newest card that is usable becomes the default.

Refuses: CardNotFound, TransitionRefused.
"""

from datetime import datetime

from accounts.models import Card
from accounts.services._cards import locked_card
from accounts.states import CardStatus
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def remove_card(*, card_id: str, by: Actor, now: datetime) -> Card:
    card = locked_card(card_id)
    was_default = card.is_default
    Card.objects.filter(pk=card.pk).update(is_default=False, forget_from=now)
    card.is_default, card.forget_from = False, now
    card.move("remove", by=by, now=now)
    if was_default:
        _choose_another_default(card, now=now)
    tell("card.removed", subject=card.id, by=by, at=now, facts=card.facts())
    return card


def _choose_another_default(card: Card, *, now: datetime) -> None:
    others = Card.objects.filter(wallet_id=card.wallet_id, status=CardStatus.USABLE).order_by("-id")
    heir = next((other for other in others if not other.is_expired(now=now)), None)
    if heir:
        Card.objects.filter(pk=heir.pk).update(is_default=True)
