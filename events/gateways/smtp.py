"""The SMTP server, as Django's settings name it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Final

from django.core.mail import EmailMultiAlternatives, get_connection

BACKEND: Final = "django.core.mail.backends.smtp.EmailBackend"

Send = Callable[[EmailMultiAlternatives], None]


class MailNotSent(Exception):
    """The server did not take it now; later it may."""


class MailRefused(Exception):
    """It will never be taken: nobody lives at this address, or it cannot even be written on a mail."""


@contextmanager
def open_smtp() -> Iterator[Send]:
    """One connection for several mails. Sending raises MailNotSent or MailRefused."""
    connection = get_connection(BACKEND)

    def send(message: EmailMultiAlternatives) -> None:
        try:
            connection.send_messages([message])
        except SMTPRecipientsRefused as error:
            if all(code >= 500 for code, _text in error.recipients.values()):
                raise MailRefused(str(error.recipients)) from error
            raise MailNotSent(type(error).__name__) from error
        except (SMTPException, OSError) as error:
            raise MailNotSent(type(error).__name__) from error
        except (MessageError, ValueError) as error:
            # Forms take some addresses that no mail can carry, e.g. with control characters between quotes.
            raise MailRefused(f"it cannot be written: {type(error).__name__}") from error

    try:
        try:
            connection.open()
        except (SMTPException, OSError) as error:
            raise MailNotSent(type(error).__name__) from error
        yield send
    finally:
        with suppress(SMTPException, OSError):
            connection.close()
