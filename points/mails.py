"""Mails about points: a subject and some paragraphs, in the language of whoever reads them.

Each is queued in the commit that made it true, so hearing twice sends one mail.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

from common.money import Money, pts
from events import services as events

if TYPE_CHECKING:
    from accounts.models import Customer

Said = tuple[str, list[str]]
"""The subject and the paragraphs."""


def mail_to(reader: "Customer", said: Callable[[], Said], *, page: str, now: datetime) -> None:
    queue_news(reader.user.email, said, [reader.user.language], page=page, name=reader.display_name, now=now)


def queue_news(  # noqa: PLR0913 (one mail)
    address: str, said: Callable[[], Said], languages: Sequence[str], *, page: str, name: str, now: datetime
) -> None:
    """`said` is asked once in each language; `page` is the path that the mail leads to."""
    parts = []
    for language in languages:
        with translation.override(language):
            subject, lines = said()
        parts.append({"language": language, "subject": subject, "lines": lines})
    events.queue_mail(
        to=address,
        template="points_news",
        language=languages[0],
        context={"customer_name": name, "parts": parts, "page_url": f"{settings.BASE_URL}{page}"},
        now=now,
    )


def points_text(amount: Money) -> str:
    """1,200 points / 1,200ポイント, in the language of the moment."""
    return ngettext("{count} point", "{count} points", amount.minor).format(count=f"{amount.minor:,}")


def points_text_of(minor: int) -> Callable[[], str]:
    return lambda: points_text(pts(minor))
