"""Django's door to the mail queue: whatever the framework sends goes through the database too."""

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend

from common import clock
from events import services as events


class QueueBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[Any]) -> int:
        now = clock.now()
        messages = [message for message in email_messages if message.recipients()]
        for message in messages:
            events.queue_raw_mail(message, now=now)
        return len(messages)
