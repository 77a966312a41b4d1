"""Hand queued mails to the SMTP server. Returns how many were taken up.

A mail is leased, sent outside any transaction, and marked; its body is emptied then. A crash between sending and
marking sends it twice, with the same Message-ID. What the server does not take is tried again for three days.
"""

from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q

from common.db import outside_transaction, transaction
from events.gateways.smtp import MailNotSent, MailRefused, Send, open_smtp
from events.models import OutgoingMail

_LEASE: Final = timedelta(minutes=5)
_TRIED_FOR: Final = timedelta(days=3)
_SLOWEST: Final = timedelta(hours=1)


@outside_transaction
def send_mails(*, now: datetime, limit: int = 20) -> int:
    mails = _take(now=now, limit=limit)
    if not mails:
        return 0
    try:
        with open_smtp() as send:
            for mail in mails:
                _send(mail, send=send, now=now)
    except MailNotSent as no_server:
        for mail in mails:
            _try_later(mail, why=str(no_server), now=now)
    return len(mails)


@transaction
def _take(*, now: datetime, limit: int) -> list[OutgoingMail]:
    due = OutgoingMail.objects.filter(Q(not_before=None) | Q(not_before__lte=now), sent_at=None, given_up_at=None)
    mails = list(due.order_by("id").select_for_update(skip_locked=True, no_key=True)[:limit])
    taken = OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails])
    taken.update(not_before=now + _LEASE, attempts=F("attempts") + 1)
    return mails


def _send(mail: OutgoingMail, *, send: Send, now: datetime) -> None:
    try:
        send(_message(mail))
    except MailNotSent as error:
        _try_later(mail, why=str(error), now=now)
    except MailRefused as error:
        _end(mail, given_up_at=now, last_error=str(error)[:200])
    else:
        _end(mail, sent_at=now, last_error="")


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    sender = parseaddr(mail.from_email)[1]
    headers = {"Message-ID": f"<{mail.id}@{sender.rpartition('@')[2] or 'localhost'}>", **mail.headers}
    message = EmailMultiAlternatives(mail.subject, mail.text, mail.from_email, to=mail.to, headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _try_later(mail: OutgoingMail, *, why: str, now: datetime) -> None:
    if now - mail.queued_at > _TRIED_FOR:
        _end(mail, given_up_at=now, last_error=why[:200])
        return
    delay = min(timedelta(seconds=15 * 2 ** min(mail.attempts, 10)), _SLOWEST)
    OutgoingMail.objects.filter(pk=mail.pk, sent_at=None).update(not_before=now + delay, last_error=why[:200])


def _end(mail: OutgoingMail, **outcome: object) -> None:
    OutgoingMail.objects.filter(pk=mail.pk, sent_at=None).update(text="", html="", **outcome)
