"""The queue of this room that the relay pumps. It hears no event."""

from datetime import datetime

from events import services as events


def send_mails(now: datetime) -> int:
    return events.send_mails(now=now)


PUMPS = [send_mails]
