"""The queue of this room that the relay pumps. It hears no event."""

from datetime import datetime

from accounts import services as accounts


def forget_removed_cards(now: datetime) -> int:
    return accounts.forget_removed_cards(now=now)


PUMPS = [forget_removed_cards]
