"""Queue a mail from a template, in the reader's language.

Renders `templates/mail/<template>.subject.txt`, `.txt` and `.html` now; the relay sends it after the commit. The
templates also see `commerce` (name, operator, support_email) and `base_url`. A subject never carries a code: it is
kept, the body is emptied once it was sent.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from common.db import transaction
from events.models import OutgoingMail
from events.services.wake_relay import wake_relay


@transaction
def queue_mail(*, to: str, template: str, language: str, context: Mapping[str, Any], now: datetime) -> OutgoingMail:
    known = {"commerce": settings.COMMERCE, "base_url": settings.BASE_URL, "language": language, **context}
    with translation.override(language):
        mail = OutgoingMail(
            to=[to],
            from_email=settings.DEFAULT_FROM_EMAIL,
            template=template,
            language=language,
            subject=" ".join(render_to_string(f"mail/{template}.subject.txt", known).split()),
            text=render_to_string(f"mail/{template}.txt", known),
            html=render_to_string(f"mail/{template}.html", known),
            queued_at=now,
        )
    mail.save(force_insert=True)
    wake_relay()
    return mail
