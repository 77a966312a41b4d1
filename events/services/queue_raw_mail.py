from datetime import datetime

from django.core.mail import EmailMessage, EmailMultiAlternatives

from common.db import transaction
from events.models import OutgoingMail
from events.services.wake_relay import wake_relay


@transaction
def queue_raw_mail(message: EmailMessage, *, now: datetime) -> OutgoingMail:
    """Queue a mail that somebody else's code wrote (sign-in codes, error mails). Text, HTML and headers; no
    attachments.
    """
    if message.attachments:
        raise ValueError("mails of this house carry no attachments")
    html = ""
    if isinstance(message, EmailMultiAlternatives):
        html = next((str(content) for content, kind in message.alternatives if kind == "text/html"), "")
    text = str(message.body)
    if message.content_subtype == "html":
        text, html = "", text
    mail = OutgoingMail.objects.create(
        to=message.recipients(),
        from_email=message.from_email,
        subject=" ".join(str(message.subject).split()),
        text=text,
        html=html,
        headers={name: str(value) for name, value in message.extra_headers.items()},
        queued_at=now,
    )
    wake_relay()
    return mail
