"""Ask the safe to forget the cards that were removed, until it has.

A row is claimed with a lease, the safe is asked outside any transaction, then the row says when it was done; asking
twice is harmless. While the safe is down the lease runs out and the row is due again.
"""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import Card
from common.db import outside_transaction, transaction
from common.errors import Kind, Refusal
from vault import services as vault

LEASE: Final = timedelta(minutes=2)


@outside_transaction
def forget_removed_cards(*, now: datetime, limit: int = 20) -> int:
    """Returns how many were forgotten."""
    done = 0
    for card in _claim(now=now, limit=limit):
        try:
            vault.forget_card(card_token=card.card_token, owner_ref=card.wallet_id, now=now)
        except Refusal as refusal:
            if refusal.kind is Kind.UNAVAILABLE:
                break  # the others wait for the safe as well
            raise
        Card.objects.filter(pk=card.pk).update(forget_from=None, forgotten_at=now)
        done += 1
    return done


@transaction
def _claim(*, now: datetime, limit: int) -> list[Card]:
    due = list(
        Card.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(forget_from__lte=now)
        .order_by("forget_from")[:limit]
    )
    Card.objects.filter(pk__in=[card.pk for card in due]).update(forget_from=now + LEASE, forgetting_began_at=now)
    return due
