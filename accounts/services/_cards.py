"""Taking a card for a change. Its wallet is locked with it, so that the default stays one."""

from accounts.errors import CardNotFound
from accounts.models import Card, Wallet
from accounts.states import CardStatus
from common.db import transaction_required


@transaction_required
def locked_card(card_id: str) -> Card:
    wallet = Wallet.objects.select_for_update(no_key=True).filter(cards__pk=card_id).first()
    card = Card.objects.filter(pk=card_id).exclude(status=CardStatus.REMOVED).first()
    if wallet is None or card is None:
        raise CardNotFound
    return card
