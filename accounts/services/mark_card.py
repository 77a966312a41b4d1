"""Write down what an issuer's no says about a card, so that its owner sees it and it is not tried in vain.

Marking it twice changes nothing, and a card that was removed is left alone. What is closed is not softened by a later,
weaker word; only an issuer that vouches for the card anew lifts it (`add_card`).
"""

from datetime import datetime

from accounts.models import Card, Wallet
from accounts.states import CardAttention, CardStatus
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def mark_card(*, card_id: str, attention: CardAttention, by: Actor, now: datetime) -> None:
    Wallet.objects.select_for_update(no_key=True).filter(cards__pk=card_id).first()
    card = Card.objects.filter(pk=card_id).exclude(status=CardStatus.REMOVED).first()
    if card is None or card.attention in {attention, CardAttention.CLOSED}:
        return
    Card.objects.filter(pk=card.pk).update(attention=attention)
    tell("card.needs_attention", subject=card.id, by=by, at=now, facts={**card.facts(), "attention": str(attention)})
