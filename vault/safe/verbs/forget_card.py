"""Make a card unusable at once; its record goes when nothing is open on it any more."""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from vault.models import CardRecord
from vault.safe.cards import destroy_forgotten
from vault.safe.desk import Desk
from vault.types import Forgotten


async def forget_card(desk: Desk, *, card_token: str, owner_ref: str, by_ref: str, now: datetime) -> Forgotten:
    return await desk.run(_forget, card_token, owner_ref=owner_ref, by=Actor(by_ref), now=now)


@transaction
def _forget(card_token: str, *, owner_ref: str, by: Actor, now: datetime) -> Forgotten:
    usable = CardRecord.objects.filter(id=card_token, owner_ref=owner_ref, forgotten_at__isnull=True)
    if usable.update(forgotten_at=now) != 1:
        return Forgotten(known=False)
    events.write_audit("card.forgotten", subject=card_token, by=by, at=now)
    destroy_forgotten(card_tokens=[card_token], now=now)
    return Forgotten(known=True)
